#include "clip.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "camera.h"
#include "sluice/base/file.h"

#define ARGS_MAX   48
#define STREAM_MAX (256u << 20)

extern char **environ;

/* Constant quality, a key frame a second, nothing that depends on the time or
 * the number of processors. */
static const char *const common[] = {"ffmpeg", "-nostdin", "-v", "error", "-y",
    "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "320x240", "-r", "25", "-i",
    "pipe:0", "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "27",
    "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p", "-threads", "1",
    "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"};
static const char *const as_mp4[] = {"-f", "mp4", "-movflags", "+faststart"};
static const char *const as_annexb[] = {
    "-bsf:v", "h264_metadata=aud=insert", "-f", "h264"};

uint32_t
clip_frames(const struct episode *episode)
{
	return rollout_rows(&episode->rollout, CAMERA_FPS);
}

void
clip_look_for_ffmpeg(struct session *session)
{
	const char *path = getenv("PATH");
	char *copy = path == NULL ? NULL : strdup(path);
	char *rest = copy;
	char *folder;
	bool is_there = false;

	while (!is_there && (folder = strsep(&rest, ":")) != NULL) {
		char *program = NULL;

		if (asprintf(&program, "%s/ffmpeg", folder) >= 0)
			is_there = access(program, X_OK) == 0;
		free(program);
	}
	free(copy);
	session->result->no_ffmpeg = session->options->has_camera && !is_there;
}

static enum sl_status
start(struct session *session, const char *out, bool is_mp4, int pictures,
    pid_t *pid)
{
	const char *args[ARGS_MAX];
	posix_spawn_file_actions_t actions;
	size_t count = sizeof(common) / sizeof(*common);
	int failed;

	memcpy(args, common, sizeof(common));
	memcpy(args + count, is_mp4 ? as_mp4 : as_annexb, sizeof(as_mp4));
	count += sizeof(as_mp4) / sizeof(*as_mp4);
	args[count++] = out;
	args[count] = NULL;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return SL_ERR_NOMEM;
	failed = posix_spawn_file_actions_adddup2(&actions, pictures, 0);
	if (failed == 0)
		failed = posix_spawnp(pid, "ffmpeg", &actions, NULL,
		    (char *const *)(uintptr_t)args, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed != 0) {
		errno = failed;
		return sl_error_errno(session->err, "ffmpeg");
	}
	return SL_OK;
}

static enum sl_status
send_pictures(struct session *session, const struct episode *episode, int fd)
{
	uint32_t frames = clip_frames(episode);
	uint8_t *picture = malloc(CAMERA_BYTES);
	enum sl_status status = picture == NULL ? SL_ERR_NOMEM : SL_OK;

	for (uint32_t i = 0; status == SL_OK && i < frames; i++) {
		camera_draw(&episode->rollout,
		    rollout_row(&episode->rollout, CAMERA_FPS, i), picture);
		status =
		    sl_file_write_all(fd, picture, CAMERA_BYTES, session->err);
	}
	free(picture);
	return status;
}

static enum sl_status
wait_for(struct session *session, pid_t pid, enum sl_status status)
{
	int outcome = 0;

	while (waitpid(pid, &outcome, 0) < 0 && errno == EINTR)
		;
	if (status == SL_OK && (!WIFEXITED(outcome) || WEXITSTATUS(outcome)))
		return sl_error_set(
		    session->err, SL_ERR_IO, "ffmpeg could not make the clip");
	return status;
}

static enum sl_status
encode(struct session *session, const struct episode *episode, const char *path,
    bool is_mp4)
{
	enum sl_status status;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return sl_error_errno(session->err, "pipe");
	status = start(session, path, is_mp4, ends[0], &pid);
	close(ends[0]);
	if (status != SL_OK) {
		close(ends[1]);
		return status;
	}
	status = send_pictures(session, episode, ends[1]);
	close(ends[1]);
	return wait_for(session, pid, status);
}

static enum sl_status
make_path(struct session *session, const char *name, char **out)
{
	char *slash;
	enum sl_status status = SL_OK;

	if (asprintf(out, "%s/%s", session->options->dir, name) < 0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	slash = strrchr(*out, '/');
	*slash = '\0';
	status = sl_file_make_dirs(*out, session->err);
	*slash = '/';
	return status;
}

static void
count_bytes(struct session *session, const char *path)
{
	struct stat info;

	if (stat(path, &info) == 0)
		session->result->bytes += (uint64_t)info.st_size;
}

enum sl_status
clip_write_mp4(
    struct session *session, const struct episode *episode, const char *name)
{
	char *path = NULL;
	enum sl_status status;

	if (session->result->no_ffmpeg)
		return SL_OK;
	status = make_path(session, name, &path);
	if (status == SL_OK)
		status = encode(session, episode, path, true);
	if (status == SL_OK)
		count_bytes(session, path);
	free(path);
	return status;
}

enum sl_status
clip_append_annexb(
    struct session *session, const struct episode *episode, struct sl_buf *out)
{
	char *path = NULL;
	enum sl_status status;

	if (session->result->no_ffmpeg)
		return SL_OK;
	status = make_path(session, ".clip.h264", &path);
	if (status == SL_OK)
		status = encode(session, episode, path, false);
	if (status == SL_OK)
		status = sl_file_read(out, path, session->err);
	if (path != NULL)
		(void)unlink(path);
	free(path);
	return status;
}
