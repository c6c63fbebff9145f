"""How the site is built: `make docs`, or `sphinx-build -W -n docs docs/_build/html`."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "extensions"))

import infoplane  # noqa: E402

project = "infoplane"
author = "the contributors of infoplane"
project_copyright = author
version = release = infoplane.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "infoplane_site",
]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "extensions", "results", "generated", "**/GALLERY_HEADER.rst"]
html_math_renderer = "mathml"  # in the page itself: no script, nothing fetched

html_theme = "furo"
html_title = f"infoplane {version}"
html_theme_options = {"navigation_with_keys": True}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples/understand", "../examples/class"],
    "gallery_dirs": ["understand", "class"],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1_000_000,
    "write_computation_times": False,
    "remove_config_comments": True,
    "image_scrapers": ("matplotlib", "infoplane_site"),
    "image_srcset": ["2x"],
    "thumbnail_size": (400, 280),
}

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # shapes and units are in the text; annotations name private modules
autodoc_preserve_defaults = True
napoleon_use_ivar = True
napoleon_custom_sections = [("Cost", "notes_style"), ("Source", "notes_style")]
napoleon_use_rtype = False
nitpicky = True
nitpick_ignore_regex = [
    ("py:exc", r"(HeldError|FailedRunsError|OSError)")
]  # described where raised
