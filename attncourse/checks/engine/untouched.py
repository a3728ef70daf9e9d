"""How the words of an untouched stub begin: `make release` writes them, a check looks for them."""

STUB = "replace this line with your "
