"""What the benchmarks of the reminders share: clocks that they move, a peer, worker processes."""
