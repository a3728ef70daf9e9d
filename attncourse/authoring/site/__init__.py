"""The course as a website that asks nothing of any other machine: `make site`.

sources     the pages, made from README, lessons, exercises and solutions as they are stored
exercise    one page for one exercise: task, code to start from, folded hints and misconceptions
build       sources to HTML, by Sphinx; `python -m attncourse.authoring.site FOLDER`
settings    what Sphinx is told
"""
