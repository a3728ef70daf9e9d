"""What a learner's way through the course needs, beside the lessons themselves.

places    where the course lies, and where the learner's own copy does
desk      that copy, `my/`: made once, kept up to date
standing  how every exercise stands, and which one is next
unsaved   what JupyterLab has not saved yet
fresh     one exercise, run in a fresh kernel
watch     the same whenever a notebook is saved
reset     exercises afresh, the old ones kept
update    a newer course, with Git or from a zip
lab       how JupyterLab is started
panel     what the map in JupyterLab shows, and `server`, which serves it; `labextensions` draws it
"""
