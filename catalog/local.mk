EXTRA_DIST += catalog/README.md catalog/.may_include
