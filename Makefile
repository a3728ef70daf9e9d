# Everything starts here: `make lab` to learn, `make test` to prove it all, `make help` for the rest.
PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS := 1

.PHONY: help lab test release site book claims bench mutate fuzz clean

help:
	@echo "make lab      open the course in JupyterLab (sets up .venv on the first call)"
	@echo "make test     lint, test, and run every notebook"
	@echo "make release  make exercises/ from solutions/ and execute all notebooks"
	@echo "make site     the course as a website in site/, to be read offline"
	@echo "make book     the course as one PDF, book.pdf"
	@echo "make claims   recompute what the lessons claim, over several seeds (before a release)"
	@echo "make bench    measure check times and speed ratios"
	@echo "make mutate   try single edits of every reference on its check"
	@echo "make fuzz     try ten thousand odd answers on the checks"
	@echo "make clean    remove .venv and caches"

.venv/ready: requirements.txt pyproject.toml
	@echo "Setting up .venv: about two minutes, once."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# What an instructor would use on this course; learners do without.
.venv/teach: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check nbgrader==0.9.6
	@touch $@

# What turns the notebooks into a website.
.venv/site: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check sphinx==9.0.4 myst-nb==1.4.0 sphinx-book-theme==1.4.0 sphinx-mathjax-offline==0.0.2
	@touch $@

# What turns them into a book, with its letters.
.venv/book: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check typst==0.15.2 pypandoc-binary==1.17 font-source-sans-pro==0.0.1
	@touch $@

lab: .venv/ready
	$(BIN)/attncourse lab

# Three workers on two cores: while one waits for a browser or a time limit, two compute.
test: .venv/teach .venv/site .venv/book
	$(BIN)/python -m attncourse.cache begin
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -q -n 3 --dist worksteal tests
	$(BIN)/pytest -q -n 2 --dist loadfile --nbval notebooks solutions
	$(BIN)/pytest -q -n 2 --dist loadfile --nbval-lax exercises
	$(BIN)/python -m attncourse.cache
	@$(BIN)/python -m tests.untested

release: .venv/ready
	$(BIN)/attncourse release
	$(BIN)/python -m attncourse.glossary

site: .venv/site
	$(BIN)/python -m attncourse.authoring.site site

book: .venv/book
	$(BIN)/python -m attncourse.authoring.book book.pdf

claims: .venv/ready
	$(BIN)/python -m tests.claims $(LESSONS)

bench: .venv/ready
	$(BIN)/python -m tests.bench

mutate: .venv/ready
	$(BIN)/python -m tests.mutate

fuzz: .venv/ready
	$(BIN)/python -m tests.fuzz

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
