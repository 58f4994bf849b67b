#include "apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "chunk_job.h"
#include "findings.h"
#include "fixture.h"
#include "plan.h"
#include "sluice/pack/chunk.h"
#include "suites.h"

#define CRASHED 42

static struct fixture fixture;
static struct sl_wish everything;
static int steps_left;

static void
set_up(void)
{
	fixture_init(&fixture);
	fixture_accept(&fixture);
	sl_wish_init(&everything);
	sl_scope_init(&fixture.heads.grant.scope);
	sl_apply_step = NULL;
}

static void
tear_down(void)
{
	fixture_clear(&fixture);
}

static void
open_mirror(struct sl_mirror *mirror)
{
	struct sl_error err = {0};

	ck_assert_msg(sl_mirror_open(
	                  mirror, fixture.dir, SL_MIRROR_CREATE, &err) == SL_OK,
	    "%s", err.text);
}

static void
stage_all(const struct sl_plan *plan, struct sl_stage *stage)
{
	static const struct sl_holdings nothing;
	struct sl_bench *bench;
	struct sl_wants wants;
	struct sl_error err = {0};

	ck_assert(sl_bench_new(&bench, 1) == SL_OK);
	ck_assert(sl_wants_build(&wants, &fixture.heads, &plan->fetch, &nothing,
	              &err) == SL_OK);
	for (size_t r = 0; r < wants.run_count; r++) {
		const struct sl_run_of *run = &wants.runs[r];

		ck_assert(
		    sl_stage_prepare(stage, run->want->seq, &err) == SL_OK);
		ck_assert(sl_want_open_reader(run->want, &err) == SL_OK);
		for (uint32_t i = 0; i < run->count; i++) {
			const struct sl_chunk_task task = {
			    .want = run->want,
			    .chunk = run->first + i,
			    .stored = fixture_chunk(
			        &fixture, run->want, run->first + i),
			    .stage = stage,
			};

			ck_assert_msg(
			    sl_chunk_task_run(bench, &task, &err) == SL_OK,
			    "%s", err.text);
		}
	}
	sl_wants_clear(&wants);
	sl_bench_free(bench);
}

static void
next_state(struct sl_state *next, const struct sl_plan *plan)
{
	sl_state_init(next);
	next->pin = fixture.authority.pin;
	snprintf(next->dataset, sizeof(next->dataset), FIXTURE_DATASET);
	next->seq = plan->seq;
	next->is_complete = true;
	ck_assert(sl_holdings_copy(&next->held, &plan->target) == SL_OK);
}

/* Bring the mirror to the newest accepted batch. */
static enum sl_status
update(struct sl_error *err)
{
	struct sl_mirror mirror;
	struct sl_state next;
	struct sl_stage stage;
	struct sl_plan plan;
	enum sl_status status;

	open_mirror(&mirror);
	ck_assert(sl_plan_compute(&plan, &fixture.heads, &everything,
	              &mirror.state.held, err) == SL_OK);
	ck_assert(sl_stage_open(&stage, mirror.meta, "staging",
	              fixture.heads.count, err) == SL_OK);
	stage_all(&plan, &stage);
	next_state(&next, &plan);
	status = sl_apply(&mirror, &fixture.heads, &stage, &next, err);
	sl_state_clear(&next);
	sl_stage_close(&stage);
	sl_plan_clear(&plan);
	sl_mirror_close(&mirror);
	return status;
}

/* How many files differ from what batch `seq` must have. */
static size_t
differences(uint32_t *seq)
{
	const struct sl_verify_options options = {.dir = fixture.dir};
	struct sl_findings findings;
	struct sl_file_list files;
	struct sl_mirror mirror;
	struct sl_error err = {0};
	size_t count;

	open_mirror(&mirror);
	*seq = mirror.state.seq;
	ck_assert(sl_file_list_build(&files, &fixture.heads, &mirror.state.held,
	              &err) == SL_OK);
	ck_assert(sl_findings_make(&findings, &mirror, &fixture.heads, &files,
	              &options, &err) == SL_OK);
	count = findings.count;
	sl_findings_clear(&findings);
	sl_file_list_clear(&files);
	sl_mirror_close(&mirror);
	return count;
}

static bool
finish(void)
{
	struct sl_mirror mirror;
	struct sl_error err = {0};
	bool was_pending;

	open_mirror(&mirror);
	ck_assert_msg(sl_apply_finish(
	                  &mirror, &fixture.heads, &was_pending, &err) == SL_OK,
	    "%s", err.text);
	sl_mirror_close(&mirror);
	return was_pending;
}

static bool
has_redo(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/.sluice/redo.json", fixture.dir);
	return access(path, F_OK) == 0;
}

static void
crash_at_last_step(void)
{
	if (--steps_left == 0)
		_exit(CRASHED);
}

/* False if the update has fewer steps and was completed. */
static bool
update_and_crash(int step)
{
	int result;
	pid_t pid = fork();

	ck_assert(pid >= 0);
	if (pid == 0) {
		struct sl_error err = {0};

		steps_left = step;
		sl_apply_step = crash_at_last_step;
		_exit(update(&err) == SL_OK ? 0 : 1);
	}
	ck_assert(waitpid(pid, &result, 0) == pid);
	ck_assert(WIFEXITED(result));
	ck_assert_int_ne(WEXITSTATUS(result), 1);
	return WEXITSTATUS(result) == CRASHED;
}

START_TEST(a_crash_at_any_step_of_an_apply_is_mended_by_the_next_command)
{
	bool has_crashed = true;
	int step = 1;

	for (; has_crashed; step++) {
		struct sl_error err = {0};
		uint32_t seq;

		tear_down();
		set_up();
		ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
		fixture_accept(&fixture);
		has_crashed = update_and_crash(step);
		if (!finish()) {
			/* Before the redo journal nothing had changed. */
			ck_assert_uint_eq(differences(&seq), 0);
			if (has_crashed && seq == 1)
				ck_assert_msg(
				    update(&err) == SL_OK, "%s", err.text);
		}
		ck_assert_uint_eq(differences(&seq), 0);
		ck_assert_uint_eq(seq, 2);
	}
	ck_assert_int_gt(step, 8);
}
END_TEST

/* Do this to some file that waits in staging; false if there is none. */
static bool
meddle(void (*hurt)(const char *path))
{
	static const uint32_t seqs[] = {1, 2};

	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		for (int ordinal = 0; ordinal < 8; ordinal++) {
			char path[128];
			struct stat info;

			snprintf(path, sizeof(path),
			    "%s/.sluice/staging/%u/%d.0", fixture.dir, seqs[i],
			    ordinal);
			if (stat(path, &info) != 0 || info.st_size == 0)
				continue;
			hurt(path);
			return true;
		}
	}
	return false;
}

static void
hurt_by_removal(const char *path)
{
	ck_assert(unlink(path) == 0);
}

static void
hurt_by_change(const char *path)
{
	FILE *file = fopen(path, "r+b");

	ck_assert_ptr_nonnull(file);
	ck_assert(fputc(0, file) != EOF && fputc(1, file) != EOF);
	ck_assert(fclose(file) == 0);
}

/* What was lost after a crash is not in the tree by half, and comes with the
 * next update. */
static void
lose_after_crash(void (*hurt)(const char *path), int step, size_t *hurt_count)
{
	struct sl_error err = {0};
	struct sl_mirror mirror;
	bool is_complete;
	uint32_t seq;

	tear_down();
	set_up();
	ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
	fixture_accept(&fixture);
	if (!update_and_crash(step) || !has_redo() || !meddle(hurt))
		return;
	++*hurt_count;
	ck_assert(finish());
	ck_assert_uint_eq(differences(&seq), 0);
	open_mirror(&mirror);
	is_complete = mirror.state.is_complete;
	sl_mirror_close(&mirror);
	ck_assert(!is_complete);
	ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
	ck_assert_uint_eq(differences(&seq), 0);
	ck_assert_uint_eq(seq, 2);
}

START_TEST(staged_files_lost_after_a_crash_are_asked_for_again)
{
	size_t removals = 0, changes = 0;

	for (int step = 1; step < 12; step++) {
		lose_after_crash(hurt_by_removal, step, &removals);
		lose_after_crash(hurt_by_change, step, &changes);
	}
	ck_assert_uint_gt(removals, 2);
	ck_assert_uint_gt(changes, 2);
}
END_TEST

START_TEST(a_retracted_episode_and_its_folder_are_gone)
{
	char path[128];
	struct sl_error err = {0};
	struct stat info;

	ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
	snprintf(path, sizeof(path), "%s/ep/2", fixture.dir);
	ck_assert_int_eq(stat(path, &info), 0);
	fixture_accept(&fixture);
	ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
	ck_assert_int_ne(stat(path, &info), 0);
}
END_TEST

START_TEST(a_planted_link_stops_an_apply_before_it_begins)
{
	char path[128];
	struct sl_error err = {0};
	struct stat info;
	uint32_t seq;

	ck_assert_msg(update(&err) == SL_OK, "%s", err.text);
	fixture_accept(&fixture);
	snprintf(path, sizeof(path), "%s/ep/4", fixture.dir);
	ck_assert_int_eq(symlink("/nonexistent", path), 0);
	ck_assert(update(&err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "planted");
	ck_assert_int_eq(lstat(path, &info), 0);
	ck_assert(S_ISLNK(info.st_mode));
	ck_assert(!finish());
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_uint_eq(differences(&seq), 0);
	ck_assert_uint_eq(seq, 1);
}
END_TEST

START_TEST(a_chunk_with_a_wrong_byte_writes_nothing)
{
	static const struct sl_holdings nothing;
	unsigned char wrong[SL_INDEX_STORED_MAX];
	struct sl_chunk_task task = {0};
	struct sl_mirror mirror;
	struct sl_bench *bench;
	struct sl_stage stage;
	struct sl_wants wants;
	struct sl_plan plan;
	struct sl_error err = {0};
	struct stat info;

	open_mirror(&mirror);
	ck_assert(sl_bench_new(&bench, 1) == SL_OK);
	ck_assert(sl_plan_compute(&plan, &fixture.heads, &everything, &nothing,
	              &err) == SL_OK);
	ck_assert(sl_wants_build(&wants, &fixture.heads, &plan.fetch, &nothing,
	              &err) == SL_OK);
	ck_assert(sl_stage_open(&stage, mirror.meta, "staging",
	              fixture.heads.count, &err) == SL_OK);
	ck_assert(sl_stage_prepare(&stage, 1, &err) == SL_OK);
	task.want = wants.runs[0].want;
	task.chunk = wants.runs[0].first;
	task.stage = &stage;
	ck_assert(sl_want_open_reader(wants.runs[0].want, &err) == SL_OK);
	task.stored = fixture_chunk(&fixture, task.want, task.chunk);
	memcpy(wrong, task.stored.data, task.stored.len);
	wrong[task.stored.len / 2] ^= 1;
	task.stored = sl_slice_of(wrong, task.stored.len);
	ck_assert(sl_chunk_task_run(bench, &task, &err) == SL_ERR_INTEGRITY);
	ck_assert_int_ne(
	    fstatat(sl_stage_folder(&stage, 1), "0.0", &info, 0), 0);
	sl_stage_close(&stage);
	sl_wants_clear(&wants);
	sl_plan_clear(&plan);
	sl_bench_free(bench);
	sl_mirror_close(&mirror);
}
END_TEST

START_TEST(a_frames_checksum_is_that_of_its_decoded_bytes)
{
	static unsigned char decoded[SL_CHUNK_DECODED_MAX];
	struct sl_chunk_decoder *decoder;

	ck_assert(sl_chunk_decoder_new(&decoder) == SL_OK);
	for (uint32_t i = 0; i < fixture.heads.batches[0].index->chunk_count;
	     i++) {
		struct sl_want want = {
		    .seq = 1, .index = fixture.heads.batches[0].index};
		struct sl_slice stored = fixture_chunk(&fixture, &want, i);
		uint32_t len = want.index->chunks[i].decoded_bytes;
		const unsigned char *tail = stored.data + stored.len - 4;

		ck_assert(sl_chunk_decode(
		              decoder, stored, decoded, len, NULL) == SL_OK);
		ck_assert_uint_eq(sl_checks_of(sl_slice_of(decoded, len)),
		    (uint32_t)tail[0] | (uint32_t)tail[1] << 8 |
		        (uint32_t)tail[2] << 16 | (uint32_t)tail[3] << 24);
	}
	sl_chunk_decoder_free(decoder);
}
END_TEST

TCase *
apply_cases(void)
{
	TCase *tc = tcase_create("apply");

	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, a_crash_at_any_step_of_an_apply_is_mended_by_the_next_command);
	tcase_add_test(tc, staged_files_lost_after_a_crash_are_asked_for_again);
	tcase_add_test(tc, a_retracted_episode_and_its_folder_are_gone);
	tcase_add_test(tc, a_planted_link_stops_an_apply_before_it_begins);
	tcase_add_test(tc, a_chunk_with_a_wrong_byte_writes_nothing);
	tcase_add_test(tc, a_frames_checksum_is_that_of_its_decoded_bytes);
	return tc;
}
