noinst_LIBRARIES += service/client/libsl_client.a
service_client_libsl_client_a_SOURCES = \
	include/sluice/client/bill.h service/client/bill.c \
	include/sluice/client/book.h service/client/book.c \
	include/sluice/client/client.h service/client/client.c \
	include/sluice/client/compare.h service/client/compare.c \
	include/sluice/client/deletion.h service/client/deletion.c \
	include/sluice/client/first_use.h service/client/first_use.c \
	include/sluice/client/freshness.h \
	include/sluice/client/machine.h service/client/machine.c \
	include/sluice/client/pull.h service/client/pull.c \
	include/sluice/client/receipt.h service/client/receipt.c \
	include/sluice/client/status.h service/client/status.c \
	include/sluice/client/trust_state.h \
	include/sluice/client/verify.h service/client/verify.c \
	include/sluice/client/watch.h service/client/watch.c \
	include/sluice/client/wish.h service/client/wish.c \
	service/client/adopt.h service/client/adopt.c \
	service/client/amend.h service/client/amend.c \
	service/client/anchor.h service/client/anchor.c \
	service/client/apply.h service/client/apply.c \
	service/client/inspection.h \
	service/client/budget.h service/client/budget.c \
	service/client/cabinet.h service/client/cabinet.c \
	service/client/chain.h service/client/chain.c \
	service/client/charge.h service/client/charge.c \
	service/client/checks.h service/client/checks.c \
	service/client/chunk_job.h service/client/chunk_job.c \
	service/client/delivery.h service/client/delivery.c \
	service/client/engine.h \
	service/client/evidence.h service/client/evidence.c \
	service/client/files.h service/client/files.c \
	service/client/findings.h service/client/findings.c \
	service/client/folders.h service/client/folders.c \
	service/client/freshness.h service/client/freshness.c \
	service/client/gather.h service/client/gather.c \
	service/client/guard.h service/client/guard.c \
	service/client/head.h service/client/head.c \
	service/client/heads.h service/client/heads.c \
	service/client/holdings.h service/client/holdings.c \
	service/client/intake.h service/client/intake.c \
	service/client/kept.h service/client/kept.c \
	service/client/journal.h service/client/journal.c \
	service/client/standing.h service/client/standing.c \
	service/client/lock.h service/client/lock.c \
	service/client/memory.h service/client/memory.c \
	service/client/mirror.h service/client/mirror.c \
	service/client/notary.h service/client/notary.c \
	service/client/plan.h service/client/plan.c \
	service/client/problem.h service/client/problem.c \
	service/client/proof.h service/client/proof.c \
	service/client/receiver.h service/client/receiver.c \
	service/client/redo.h service/client/redo.c \
	service/client/refusal.h service/client/refusal.c \
	service/client/repair.c \
	service/client/resume.h service/client/resume.c \
	service/client/seal.h service/client/seal.c \
	service/client/shelf.h service/client/shelf.c \
	service/client/sight.h service/client/sight.c \
	service/client/stage.h service/client/stage.c \
	service/client/state.h service/client/state.c \
	service/client/submission.h service/client/submission.c \
	service/client/sums.h service/client/sums.c \
	service/client/survivor.h service/client/survivor.c \
	service/client/transport.h service/client/transport.c \
	service/client/tree.h service/client/tree.c \
	service/client/want.h service/client/want.c
service_client_libsl_client_a_SOURCES += \
	include/sluice/client/contents.h service/client/contents.c \
	include/sluice/client/history.h service/client/history.c \
	include/sluice/client/pin.h service/client/pin.c \
	service/client/affected.c \
	service/client/bundle.h service/client/bundle.c \
	service/client/bundle_body.c service/client/bundle_store.h \
	service/client/replay.h service/client/replay.c \
	service/client/episode.h service/client/episode.c \
	service/client/frozen.h service/client/frozen.c \
	service/client/leaves.h service/client/leaves.c \
	service/client/pin_check.c \
	service/client/pins.h service/client/pins.c
EXTRA_DIST += service/client/README.md service/client/.may_include
