"""What Sphinx is told: nothing is executed, and nothing is fetched when a page is read."""

SETTINGS = {
    "project": "attncourse",
    "author": "the authors of attncourse",
    "html_title": "attncourse",
    "extensions": ["myst_nb", "sphinx.ext.mathjax"],
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "myst_heading_anchors": 3,
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "use_download_button": False,
        "show_toc_level": 2,
        "show_navbar_depth": 1,
        "navigation_with_keys": True,
        "navbar_persistent": [],  # the sidebar has the search already
    },
    "html_context": {"default_mode": "auto"},
    "html_static_path": ["_static"],
    "html_css_files": ["course.css"],
    "mathjax_path": "mathjax.js",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "templates_path": [],
    "exclude_patterns": [],
    "suppress_warnings": ["myst.xref_missing"],
}
STYLE = """\
summary { cursor: pointer; }
details { margin: 0.5rem 0; }
.bd-main .bd-content .bd-article-container { max-width: 56rem; }
.bd-content pre { font-size: 0.75rem; }
html[data-theme=dark] .bd-content div.cell_output .text_html:not(:has(table.dataframe)),
html[data-theme=dark] .bd-content div.cell_output img {
  background: none; color: inherit; padding: 0;  /* our pictures turn dark by themselves */
}
"""
