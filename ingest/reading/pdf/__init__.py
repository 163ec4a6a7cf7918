"""PDF and pictures: text by where it stands on the page, and recognised where it is a picture."""
