EXTRA_DIST += deploy/README.md deploy/check deploy/install-packages \
	deploy/packages-build deploy/packages-demo deploy/packages-test .ci/run
