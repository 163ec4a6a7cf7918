"""Web pages: the main text, without menus and footers."""
