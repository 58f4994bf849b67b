/* Any file is a bundle that can be answered from, or refused with a code. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../service/client/bundle.h"
#include "fuzz.h"

/* Answers are bounded by what the file decodes to. */
#define PIECES_MAX 4096

static void
ask(struct sl_bundle *bundle, const char *path)
{
	struct sl_bundle_body *body;
	struct sl_error err = {0};
	struct sl_slice piece;

	if (sl_bundle_answer(&body, bundle, path, sl_slice_of(NULL, 0), &err) !=
	    SL_OK) {
		FUZZ_ASSERT(err.text[0] != '\0');
		return;
	}
	for (int i = 0; i < PIECES_MAX; i++)
		if (sl_bundle_next(body, &piece, &err) != SL_OK ||
		    piece.len == 0)
			break;
	sl_bundle_body_free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_bundle *bundle;
	struct sl_error err = {0};
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	if (write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sl_bundle_open(&bundle, path, &err) == SL_OK) {
		ask(bundle, "/v1/datasets/gr1/head?from=1");
		ask(bundle,
		    "/v1/datasets/gr1/head?from=2&known=1&epoch=1&trust=1");
		ask(bundle, "/v1/datasets/gr1/quote");
		sl_bundle_free(bundle);
	} else {
		FUZZ_ASSERT(err.code[0] != '\0');
	}
	close(fd);
	return 0;
}
