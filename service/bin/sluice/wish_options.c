#include "wish_options.h"

#include "sluice/command/run.h"

static enum sl_status
check_wish(struct sl_run *run, const struct sl_wish_options *change,
    struct sl_error *err)
{
	struct sl_wish wish;
	enum sl_status status;

	sl_wish_init(&wish);
	status = sl_wish_change(&wish, change, err);
	sl_wish_clear(&wish);
	return status == SL_OK ? SL_OK : sl_run_blame(run, status);
}

enum sl_status
wish_read(struct sl_run *run, struct sl_pull_options *options,
    struct sl_wish_options *change, bool has_fetch, struct sl_error *err)
{
	const char *dataset = sl_run_arg(run, 0);
	uint64_t jobs = 0;

	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_run_usage(
		    run, err, "'%s' is no name of a dataset", dataset);
	change->licence = sl_run_text(run, "licence");
	change->layers = sl_run_text(run, "layers");
	change->where = sl_run_text(run, "where");
	change->episodes = sl_run_text(run, "episodes");
	change->purpose = sl_run_text(run, "purpose");
	change->max_episodes = sl_run_number(run, "max-episodes", UINT64_MAX);
	change->max_bytes = sl_run_number(run, "max-bytes", UINT64_MAX);
	if (has_fetch) {
		jobs = sl_run_number(run, "jobs", SL_PULL_JOBS_DEFAULT);
		if (jobs == 0 || jobs > SL_PULL_JOBS_MAX)
			return sl_run_usage(
			    run, err, "--jobs is 1 to %d", SL_PULL_JOBS_MAX);
	}
	options->dataset = dataset;
	options->dir = sl_run_arg_count(run) > 1 ? sl_run_arg(run, 1) : dataset;
	if (options->dir[0] == '\0')
		return sl_run_usage(run, err, "DIR is empty");
	options->change = change;
	options->forget = sl_run_flag(run, "all");
	options->jobs = (unsigned)jobs;
	return check_wish(run, change, err);
}
