"""Notebooks as things to write and keep: read, executed, released, exported, and run by nbval.

notebook      a notebook as plain data; how its checks came out
release       from solutions to exercises: stubs, hints, metadata
navigation    one line at the top and the end: where a notebook stands in the course
merge         a newer notebook around what a learner wrote in an older one
execute       run a notebook, and store it so that a diff shows what changed
nbval_plugin  what pytest says of a notebook
nbgrader      carry the course to nbgrader
site          the course as a website
"""
