EXTRA_DIST += deploy/README.md deploy/check deploy/demo \
	deploy/install-packages \
	deploy/packages-build deploy/packages-demo deploy/packages-test .ci/run
