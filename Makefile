# Each target is a command of dev.py, which needs nothing but Python: `python3 dev.py run` works without make.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: run test check torture bench soak mutation format diagram words lock help

run test check torture bench soak mutation format diagram words lock help:
	@$(PYTHON) dev.py $@
