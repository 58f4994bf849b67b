EXTRA_DIST += service/objects/README.md service/objects/.may_include \
	include/sluice/objects/objects.h
