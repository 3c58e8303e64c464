"""How the site is built: `.venv/bin/python -m sphinx -W --keep-going -b html docs build/site`, with the extra `docs`."""

import sys
from importlib.metadata import metadata
from pathlib import Path

from chalkgrad import __version__ as release

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "chalkgrad"
html_title = f"{project} {release}"
urls = dict(line.split(", ", 1) for line in metadata(project).get_all("Project-URL") or [])

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "house", "in_the_browser"]
exclude_patterns = ["_*", "pages", "pictures"]

# Pages are Markdown; their cells are run, and a cell that fails ends the build.
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_in_temp = True  # some cells write files
nb_execution_raise_on_error = True
nb_execution_timeout = 120
# Buttons that only a running kernel answers are left out; their scripts would come from the network.
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

# Docstrings have one backtick on either side of code, and their examples show what they say.
default_role = "code"
smartquotes = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_js_files = [("house.js", {"defer": "defer"})]
templates_path = ["_templates"]
html_show_copyright = html_copy_source = html_show_sourcelink = False
if source := urls.get("Source"):
    # Without the theme's buttons on top, which stand outside of every landmark.
    html_theme_options = {
        "top_of_page_buttons": [],
        "source_repository": source,
        "source_branch": "main",
        "source_directory": "docs/",
    }
