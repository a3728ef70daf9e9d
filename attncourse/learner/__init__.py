"""What a learner's way through the course needs, beside the lessons themselves.

places    where the course lies, and where the learner's own files
standing  how every exercise stands, and which one is next
fresh     one exercise, run in a fresh kernel
watch     the same whenever a notebook is saved
lab       how JupyterLab is started
"""
