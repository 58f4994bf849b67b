#include "scan_units.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan_job {
	struct crew_job job;
	struct run *run;
	const struct sl_source_unit *unit;
	uint64_t metered; /* bytes that the meter has */
	bool is_recalled;
	char *told;
	enum sl_status status;
	struct sl_error err;
};

struct scanning {
	struct run *run;
	struct describer *describer;
	struct scan_job *jobs; /* a ring: unit `at` is jobs[at % room] */
	size_t room;
	size_t submitted;
	size_t finished;
};

/* ---- on a worker thread ---- */

static enum sl_status
begin_file(void *ctx, void **out, struct sl_error *err)
{
	struct scan_job *job = ctx;
	struct object_writer *writer;
	enum sl_status status;

	status = object_writer_new(&writer, &job->run->place.objects, err);
	*out = writer;
	return status;
}

static enum sl_status
write_file(void *file, struct sl_slice bytes, struct sl_error *err)
{
	return object_writer_put(file, bytes, err);
}

static enum sl_status
end_file(void *file, struct sl_scan_file *made, struct sl_error *err)
{
	return object_writer_finish(file, &made->bytes, made->sha256, err);
}

static void
drop_file(void *file)
{
	object_writer_free(file);
}

static bool
on_read(void *ctx, uint64_t bytes)
{
	struct scan_job *job = ctx;

	job->metered += bytes;
	return meter_add(&job->run->meter, bytes);
}

/* The path, and which part of the file. */
static char *
name_unit(const struct sl_source_unit *unit)
{
	char *name;

	if (unit->part[0] == '\0')
		return strdup(unit->path);
	return asprintf(&name, "%s\t%s", unit->path, unit->part) < 0 ? NULL
	                                                             : name;
}

static enum sl_status
scan(struct scan_job *job, struct cached_file *seen)
{
	const struct sl_scan_place place = {.ctx = job,
	    .begin = begin_file,
	    .write = write_file,
	    .end = end_file,
	    .drop = drop_file,
	    .on_read = on_read};
	struct run *run = job->run;
	enum sl_status status;

	status = sl_source_scan(
	    &job->told, run->source, job->unit, &place, &job->err);
	if (status != SL_OK || seen->path == NULL)
		return status;
	return workplace_note(&run->place, seen, job->told, &job->err);
}

static void
on_job(struct crew_job *crew_job)
{
	struct scan_job *job = (struct scan_job *)crew_job; /* its first */
	struct run *run = job->run;
	struct cached_file seen = {.path = name_unit(job->unit)};
	struct stat info;

	/* What changes while it is read has other times afterwards than these,
	 * and is read again by the next run. */
	if (seen.path == NULL) {
		job->status = SL_ERR_NOMEM;
		return;
	}
	if (fstatat(run->source->dir_fd, job->unit->path, &info,
	        AT_SYMLINK_NOFOLLOW) == 0) {
		cached_file_describe(&seen, &info);
		job->told = workplace_recall(&run->place, seen.path, &info);
	} else {
		seen.is_young = true; /* not to be remembered */
	}
	job->is_recalled = job->told != NULL;
	if (!job->is_recalled)
		job->status = scan(job, &seen);
	free(seen.path);
}

/* ---- on the caller's thread ---- */

static enum sl_status
count_file(void *ctx, const struct sl_scan_file *file)
{
	struct sl_ingest_result *result = ctx;

	(void)file;
	result->linked_files++;
	return SL_OK;
}

/* Units that came with the last scan are more to read. */
static void
count_units(struct run *run, size_t first)
{
	for (size_t i = first; i < run->source->unit_count; i++) {
		run->progress.total_bytes += run->source->units[i]->bytes;
		run->progress.total_episodes +=
		    run->source->units[i]->episode_count;
	}
}

static enum sl_status
add_told(struct scanning *scanning, size_t at)
{
	struct run *run = scanning->run;
	struct scan_job *job = &scanning->jobs[at % scanning->room];
	size_t units = run->source->unit_count;
	enum sl_status status;

	if (job->is_recalled)
		status = sl_scan_each_file(job->told, count_file, run->result);
	else
		status = SL_OK;
	if (!job->is_recalled)
		run->result->read_bytes += job->unit->bytes;
	if (status == SL_OK)
		status =
		    sl_source_add_scan(run->source, at, job->told, run->err);
	if (status == SL_OK)
		status = describer_go_on(scanning->describer);
	/* One that only led to others has no episode itself. */
	if (run->source->unit_count > units)
		run->progress.total_episodes -= job->unit->episode_count;
	else
		run->progress.episodes += job->unit->episode_count;
	count_units(run, units);
	return status;
}

static enum sl_status
finish_job(struct scanning *scanning)
{
	size_t at = scanning->finished++;
	struct run *run = scanning->run;
	struct scan_job *job = &scanning->jobs[at % scanning->room];
	enum sl_status status = run_wait(run, &job->job);

	if (status != SL_OK)
		return status;
	if (job->status != SL_OK) {
		if (run->err != NULL)
			*run->err = job->err;
		return job->status;
	}
	if (job->unit->bytes > job->metered)
		(void)meter_add(&run->meter, job->unit->bytes - job->metered);
	status = add_told(scanning, at);
	free(job->told);
	job->told = NULL;
	return status;
}

static void
submit_job(struct scanning *scanning)
{
	size_t at = scanning->submitted++;
	struct scan_job *job = &scanning->jobs[at % scanning->room];

	*job = (struct scan_job){.job.run = on_job,
	    .run = scanning->run,
	    .unit = scanning->run->source->units[at]};
	crew_submit(scanning->run->crew, &job->job);
}

static enum sl_status
scan_all(struct scanning *scanning)
{
	const struct sl_source *source = scanning->run->source;
	enum sl_status status = SL_OK;

	while (status == SL_OK && scanning->finished < source->unit_count) {
		while (scanning->submitted < source->unit_count &&
		    scanning->submitted - scanning->finished < scanning->room)
			submit_job(scanning);
		status = finish_job(scanning);
	}
	return status;
}

enum sl_status
scan_units(struct run *run, struct describer *describer)
{
	struct scanning scanning = {
	    .run = run, .describer = describer, .room = crew_window(run->crew)};
	char rules[SCAN_RULES_MAX];
	enum sl_status status;

	if (run->source->unit_count == 0)
		return SL_OK;
	status = scan_rules_name(
	    rules, SL_SOURCE_SCAN_VERSION, sl_source_scan_rules(run->source));
	if (status == SL_OK)
		status = workplace_open_scans(&run->place, rules, run->err);
	if (status != SL_OK)
		return status;
	scanning.jobs = calloc(scanning.room, sizeof(*scanning.jobs));
	if (scanning.jobs == NULL)
		return SL_ERR_NOMEM;
	count_units(run, 0);
	status = scan_all(&scanning);
	/* Jobs under way use the ring and the source. */
	if (status != SL_OK) {
		crew_free(run->crew);
		run->crew = NULL;
	}
	for (size_t i = 0; i < scanning.room; i++)
		free(scanning.jobs[i].told);
	free(scanning.jobs);
	return status;
}
