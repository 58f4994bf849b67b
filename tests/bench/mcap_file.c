/* The two sides of mcap_ratio.
 *
 *	mcap_file make OUT BYTES zstd|plain   an MCAP file like a robot's:
 *joints at 125 Hz, a wrench at 500 Hz, a camera's frames at 30 Hz mcap_file
 *read FILE                   read it whole, CRCs checked */
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/crypto/random.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/mcap_writer.h"

#define STEP_NS       2000000u /* 500 Hz */
#define FRAME_BYTES   4096
#define FRAME_STEPS   17 /* about 30 Hz */
#define JOINTS_STEPS  4
#define WRENCH_VALUES 6
#define JOINT_VALUES  18

static void
check(enum sl_status status, const struct sl_error *err)
{
	if (status == SL_OK)
		return;
	fprintf(
	    stderr, "mcap_file: %s %s\n", sl_status_text(status), err->text);
	exit(EXIT_FAILURE);
}

static void
define(struct sl_mcap_writer *writer)
{
	static const char *const topics[] = {"/joints", "/wrench", "/camera"};
	struct sl_error err = {0};

	for (uint16_t i = 0; i < 3; i++) {
		struct sl_mcap_channel channel = {.id = i,
		    .topic = sl_slice_text(topics[i]),
		    .message_encoding = sl_slice_text("cdr")};

		check(sl_mcap_writer_channel(writer, &channel, &err), &err);
	}
}

/* Doubles that move slowly, five digits with some noise in the last. */
static void
put_values(struct sl_mcap_writer *writer, uint16_t channel, uint32_t step,
    size_t count)
{
	double values[1 + JOINT_VALUES];
	struct sl_mcap_message message = {.channel_id = channel,
	    .sequence = step,
	    .log_time = (uint64_t)step * STEP_NS,
	    .data = sl_slice_of(values, (1 + count) * sizeof(double))};
	struct sl_error err = {0};

	values[0] = step * 0.002;
	for (size_t i = 1; i <= count; i++)
		values[i] = round(1e5 * sin(step * 1e-3 * (double)i) +
		                (step * 2654435761u >> 30)) /
		    1e5;
	message.publish_time = message.log_time;
	check(sl_mcap_writer_message(writer, &message, &err), &err);
}

static void
put_frame(struct sl_mcap_writer *writer, uint32_t step)
{
	static unsigned char frame[FRAME_BYTES];
	struct sl_mcap_message message = {.channel_id = 2,
	    .sequence = step,
	    .log_time = (uint64_t)step * STEP_NS,
	    .data = sl_slice_of(frame, sizeof(frame))};
	struct sl_error err = {0};

	sl_random(frame, sizeof(frame));
	check(sl_mcap_writer_message(writer, &message, &err), &err);
}

static void
make(const char *path, uint64_t bytes, const char *compression, bool has_camera)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct sl_mcap_writer *writer;
	struct sl_error err = {0};
	uint64_t made = 0;

	options.sink = sl_mcap_to_fd;
	options.sink_ctx = &fd;
	options.compression =
	    strcmp(compression, "zstd") == 0 ? SL_MCAP_ZSTD : SL_MCAP_PLAIN;
	check(sl_mcap_writer_new(&writer, &options, &err), &err);
	define(writer);
	for (uint32_t step = 0; made < bytes; step++) {
		put_values(writer, 1, step, WRENCH_VALUES);
		made += 31 + 8 * (1 + WRENCH_VALUES);
		if (step % JOINTS_STEPS == 0) {
			put_values(writer, 0, step, JOINT_VALUES);
			made += 31 + 8 * (1 + JOINT_VALUES);
		}
		if (has_camera && step % FRAME_STEPS == 0) {
			put_frame(writer, step);
			made += 31 + FRAME_BYTES;
		}
	}
	check(sl_mcap_writer_finish(writer, &err), &err);
	sl_mcap_writer_free(writer);
	close(fd);
}

static void
read_whole(const char *path)
{
	const struct sl_mcap_record *record = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sl_mcap_reader *reader;
	struct sl_error err = {0};
	uint64_t messages = 0;
	uint64_t bytes = 0;

	check(sl_mcap_reader_new(&reader, fd), &err);
	do {
		check(sl_mcap_reader_next(reader, &record, &err), &err);
		if (record != NULL && record->opcode == SL_MCAP_MESSAGE) {
			messages++;
			bytes += record->as.message.data.len;
		}
	} while (record != NULL);
	printf("%llu messages, %llu bytes\n", (unsigned long long)messages,
	    (unsigned long long)bytes);
	sl_mcap_reader_free(reader);
	close(fd);
}

int
main(int argc, char **argv)
{
	uint64_t bytes;

	if (argc == 6 && strcmp(argv[1], "make") == 0 &&
	    sl_parse_u64(argv[3], 1ull << 40, &bytes))
		make(argv[2], bytes, argv[4], strcmp(argv[5], "camera") == 0);
	else if (argc == 3 && strcmp(argv[1], "read") == 0)
		read_whole(argv[2]);
	else
		return 2;
	return EXIT_SUCCESS;
}
