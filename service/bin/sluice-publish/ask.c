#include "ask.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sluice/command/run.h"

#define ANSWER_MAX 1024

bool
ask_can(const struct sl_run *run)
{
	return !sl_run_is_json(run) && !sl_run_is_quiet(run) &&
	    isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

/* A line of the terminal without its newline. */
static enum sl_status
read_line(char *out, size_t size, struct sl_error *err)
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got <= 0)
			return sl_error_set(
			    err, SL_ERR_CANCELLED, "nothing was answered");
		if (c == '\n')
			break;
		if (len + 1 >= size)
			return sl_error_set(
			    err, SL_ERR_LIMIT, "the answer is too long");
		out[len++] = c;
	}
	out[len] = '\0';
	return SL_OK;
}

enum sl_status
ask_line(char *out, size_t size, const char *question, const char *fallback,
    struct sl_error *err)
{
	for (;;) {
		enum sl_status status;

		if (fallback != NULL)
			fprintf(stderr, "%s [%s]: ", question, fallback);
		else
			fprintf(stderr, "%s: ", question);
		status = read_line(out, size, err);
		if (status != SL_OK)
			return status;
		if (out[0] != '\0')
			return SL_OK;
		if (fallback != NULL) {
			(void)snprintf(out, size, "%s", fallback);
			return SL_OK;
		}
	}
}

enum sl_status
ask_yes(const char *question, struct sl_error *err)
{
	char answer[ANSWER_MAX];
	enum sl_status status;

	fprintf(stderr, "%s [y/N] ", question);
	status = read_line(answer, sizeof(answer), err);
	if (status != SL_OK)
		return status;
	return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_CANCELLED, "not confirmed");
}

static enum sl_status
ask_hidden(char out[ANSWER_MAX], const char *question, struct sl_error *err)
{
	struct termios shown;
	struct termios hidden;
	enum sl_status status;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return sl_error_errno(err, "the terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
		return sl_error_errno(err, "the terminal");
	fprintf(stderr, "%s: ", question);
	status = read_line(out, ANSWER_MAX, err);
	(void)(tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown) == 0);
	fputc('\n', stderr);
	return status;
}

enum sl_status
ask_secret(struct sl_secret *out, const char *question, bool twice,
    struct sl_error *err)
{
	char first[ANSWER_MAX];
	char second[ANSWER_MAX];
	enum sl_status status;

	for (;;) {
		status = ask_hidden(first, question, err);
		if (status != SL_OK || !twice || first[0] == '\0')
			break;
		status = ask_hidden(second, "The same again", err);
		if (status != SL_OK || strcmp(first, second) == 0)
			break;
		fputs("These differ.\n", stderr);
	}
	if (status == SL_OK)
		status = sl_secret_copy(out, sl_slice_text(first));
	explicit_bzero(first, sizeof(first));
	explicit_bzero(second, sizeof(second));
	return status;
}
