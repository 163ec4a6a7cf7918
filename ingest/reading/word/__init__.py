"""Word: .docx from its XML, with automatic numbers rebuilt; .doc turned into it first."""
