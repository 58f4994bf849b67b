#include "confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/command/run.h"

bool
confirm_is_possible(struct sl_run *run)
{
	return !sl_run_is_json(run) && isatty(STDIN_FILENO) == 1 &&
	    isatty(STDERR_FILENO) == 1;
}

enum sl_status
confirm_ask(
    const char *question, char out[CONFIRM_ANSWER_MAX], struct sl_error *err)
{
	fflush(stdout);
	fputs(question, stderr);
	fflush(stderr);
	if (fgets(out, CONFIRM_ANSWER_MAX, stdin) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] != '\0'
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_CANCELLED, "nothing was done");
}

enum sl_status
confirm_yes(const char *question, struct sl_error *err)
{
	char answer[CONFIRM_ANSWER_MAX];
	enum sl_status status = confirm_ask(question, answer, err);

	if (status != SL_OK || strcmp(answer, "yes") == 0)
		return status;
	return sl_error_set(err, SL_ERR_CANCELLED,
	    "the answer was not 'yes': nothing was done");
}
