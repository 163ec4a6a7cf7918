"""The core: documents, search and cited answers. Knows nothing of Telegram or file formats."""
