"""A language model behind an OpenAI-compatible server: asked within limits, never trusted."""
