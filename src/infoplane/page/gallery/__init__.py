"""What is in a folder of runs? One page with a card for each of them."""

from infoplane.page.gallery.writing import write_gallery

__all__ = ["write_gallery"]
