/* A signed note and the checkpoint in it: what is accepted is the one text of
 * its values, and only the true lines of a key verify. */
#include "fuzz.h"

#include <string.h>

#include "sluice/catalog/checkpoint.h"

/* Of tests/golden/v1, whose checkpoint is in the corpus. */
#define LOG     "RWTSYcT84NBzkpsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx"
#define WITNESS "RWTkPgRZo74jAmG3op9v3HIXXDPBmFc/0CioJHhGCXc+pyvvFPlBZdYO"
#define NAME    "witness.example.org"
#define BODY \
	"test.sluice/gr1/1\n3\ntnOXm5yT+ykELYELhEHkVfq7jppOGWgJLrf9N4VjW/g=\n"
#define TIME_S 1790899380

/* Body, empty line and lines, put together again. */
static void
check_text(const struct sl_note *note, struct sl_slice text)
{
	size_t at = note->body.len + 1;

	FUZZ_ASSERT(note->line_count >= 1);
	FUZZ_ASSERT(note->line_count <= SL_NOTE_LINES_MAX);
	FUZZ_ASSERT(memcmp(text.data, note->body.data, note->body.len) == 0);
	FUZZ_ASSERT(text.data[note->body.len] == '\n');
	for (size_t i = 0; i < note->line_count; i++) {
		struct sl_slice line = note->lines[i].text;
		struct sl_note_line again;

		FUZZ_ASSERT(line.data == text.data + at);
		FUZZ_ASSERT(sl_note_name_is_valid(note->lines[i].name));
		FUZZ_ASSERT(sl_note_parse_line(&again, line, NULL) == SL_OK);
		FUZZ_ASSERT(again.time_s == note->lines[i].time_s);
		at += line.len;
	}
	FUZZ_ASSERT(at == text.len);
}

static void
check_body(const struct sl_checkpoint *checkpoint, struct sl_slice body)
{
	struct sl_buf again;

	sl_buf_init(&again, SL_CHECKPOINT_BODY_MAX);
	FUZZ_ASSERT(sl_checkpoint_format(&again, checkpoint, NULL) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), body));
	sl_buf_clear(&again);
}

/* Nobody else has these keys: what verifies says what they signed. */
static void
check_keys(const struct sl_checkpoint *checkpoint, const struct sl_note *note)
{
	struct sl_verify_key log;
	struct sl_verify_key witness;
	uint64_t time_s;

	FUZZ_ASSERT(sl_verify_key_parse(&log, sl_slice_text(LOG)) == SL_OK);
	FUZZ_ASSERT(
	    sl_verify_key_parse(&witness, sl_slice_text(WITNESS)) == SL_OK);
	if (sl_checkpoint_check_log(checkpoint, note, &log, 1, NULL, NULL) ==
	    SL_OK)
		FUZZ_ASSERT(sl_slice_is_text(note->body, BODY));
	if (sl_note_check_cosignature(&time_s, note, NAME, &witness) == SL_OK) {
		FUZZ_ASSERT(sl_slice_is_text(note->body, BODY));
		FUZZ_ASSERT(time_s == TIME_S);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_slice text = sl_slice_of(data, size);
	struct sl_checkpoint checkpoint;
	struct sl_note note;

	if (sl_note_parse(&note, text, NULL) == SL_OK)
		check_text(&note, text);
	if (sl_checkpoint_parse_note(&checkpoint, &note, text, NULL) == SL_OK) {
		check_body(&checkpoint, note.body);
		check_keys(&checkpoint, &note);
	}
	if (sl_checkpoint_parse(&checkpoint, text, NULL) == SL_OK)
		check_body(&checkpoint, text);
	return 0;
}
