"""Updates on their way in and requests on their way out: order, limits, failures, secrets."""
