/* The first byte chooses mp4 or Parquet, and how many frames are cut from an
 * mp4; the rest is the file.  What is said of an accepted file does not depend
 * on what follows it in memory, and a Parquet file that is accepted is refused
 * when its last byte is gone. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/media.h"

#include "../../service/formats/mp4_cut.h"

static enum sl_status
check(struct sl_media_info *info, int kind, int fd, size_t size)
{
	return kind == 0 ? sl_mp4_check(info, fd, size, NULL)
	                 : sl_parquet_check(info, fd, size, NULL);
}

/* What was cut is an mp4 with so many frames. */
static void
cut(int fd, size_t size, unsigned count)
{
	struct sl_media_info info;
	off_t end;
	int to = memfd_create("cut", MFD_CLOEXEC);

	FUZZ_ASSERT(to >= 0);
	if (mp4_cut(to, fd, size, 0, count, NULL) == SL_OK) {
		end = lseek(to, 0, SEEK_END);
		FUZZ_ASSERT(
		    sl_mp4_check(&info, to, (uint64_t)end, NULL) == SL_OK);
		FUZZ_ASSERT(info.has_count && info.count == count);
	}
	close(to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_media_info one;
	struct sl_media_info two;
	enum sl_status status;
	unsigned count;
	int kind;
	int fd;

	if (size == 0)
		return 0;
	kind = data[0] & 1;
	count = data[0] >> 2;
	data++;
	size--;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	if (kind == 0 && count > 0)
		cut(fd, size, count);
	status = check(&one, kind, fd, size);
	FUZZ_ASSERT(check(&two, kind, fd, size) == status);
	FUZZ_ASSERT(status == SL_OK || status == SL_ERR_INVALID);
	if (status == SL_OK) {
		FUZZ_ASSERT(one.has_count == two.has_count);
		FUZZ_ASSERT(one.count == two.count);
		FUZZ_ASSERT(size >= 8);
		if (kind == 1)
			FUZZ_ASSERT(check(&two, kind, fd, size - 1) != SL_OK ||
			    data[size - 2] == '1');
	}
	close(fd);
	return 0;
}
