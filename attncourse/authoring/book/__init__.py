"""The course as one PDF: `make book`.

pictures    what a cell printed or drew, as Markdown; drawings become files
folds       what a page folds (answers, hints) goes to the end of the book, linked both ways
chapter     one lesson with its exercises as Markdown, and its answers and solutions
build       all chapters to Typst, by pandoc, and to a PDF, by typst
book.typ    how it looks: cover, contents, code, outputs, pictures
"""
