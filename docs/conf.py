"""How Sphinx makes the documentation site: `make site`."""

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

from stokehold import __version__

project = "Stokehold"
version = release = __version__
extensions = ["myst_parser"]
myst_heading_anchors = 4  # as GitHub names them: a link is the same in the repository and on the site
nitpicky = True

html_theme = "furo"
html_title = "Stokehold"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

#: What the pages name and Pygments does not know: shown as it is.
lexers["mermaid"] = TextLexer()
