EXTRA_DIST += deploy/systemd/README.md deploy/systemd/sluice.sysusers \
	deploy/systemd/sluice.tmpfiles deploy/systemd/sluiced.conf \
	deploy/systemd/sluiced.service deploy/systemd/sluiced.socket
EXTRA_DIST += deploy/README.md deploy/check deploy/demo \
	deploy/install-packages \
	deploy/packages-build deploy/packages-camera deploy/packages-demo \
	deploy/packages-test .ci/run
