#include "clip.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drawing.h"
#include "sluice/base/file.h"

#define ARGS_MAX 48
/* A clip under way: only a whole one gets its name. */
#define PART_NAME ".clip"
/* For ffmpeg to take a part of a picture, and to end behind the last. */
#define PATIENCE_MS 60000

extern char **environ;

/* Constant quality, a key frame a second, nothing that depends on the time or
 * the number of processors. */
static const char *const common[] = {"ffmpeg", "-nostdin", "-v", "error", "-y",
    "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "320x240", "-r", "25", "-i",
    "pipe:0", "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "27",
    "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p", "-threads", "1",
    "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"};
_Static_assert(CAMERA_WIDTH == 320 && CAMERA_HEIGHT == 240 && CAMERA_FPS == 25,
    "ffmpeg is told of other pictures");
static const char *const as_mp4[] = {"-f", "mp4", "-movflags", "+faststart"};
static const char *const as_annexb[] = {
    "-bsf:v", "h264_metadata=aud=insert", "-f", "h264"};

uint32_t
clip_frames(const struct episode *episode)
{
	return rollout_rows(&episode->rollout, CAMERA_FPS);
}

static bool
is_ffmpeg_there(void)
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
	return is_there;
}

void
clip_choose_cameras(struct session *session)
{
	const struct sl_simulate_options *options = session->options;
	bool is_wanted = options->has_camera || options->has_scene_camera;
	bool is_there = is_wanted && is_ffmpeg_there();

	session->result->no_ffmpeg = is_wanted && !is_there;
	session->sees[CAMERA_WRIST] = is_there && options->has_camera;
	session->sees[CAMERA_SCENE] = is_there && options->has_scene_camera;
}

/* In a process group of its own: what interrupts us from a terminal is not for
 * ffmpeg, whose clip is to be whole. */
static int
spawn(const char *const *args, int pictures, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed != 0)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return failed;
	}
	failed = posix_spawn_file_actions_adddup2(&actions, pictures, 0);
	if (failed == 0)
		failed = posix_spawnattr_setflags(
		    &attributes, POSIX_SPAWN_SETPGROUP);
	if (failed == 0)
		failed = posix_spawnp(pid, "ffmpeg", &actions, &attributes,
		    (char *const *)(uintptr_t)args, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static enum sl_status
start(struct session *session, const char *out, bool is_mp4, int pictures,
    pid_t *pid)
{
	const char *args[ARGS_MAX];
	size_t count = sizeof(common) / sizeof(*common);
	char *url;
	int failed;

	/* Else a name may be an option or a protocol. */
	if (asprintf(&url, "file:%s", out) < 0)
		return SL_ERR_NOMEM;
	memcpy(args, common, sizeof(common));
	memcpy(args + count, is_mp4 ? as_mp4 : as_annexb, sizeof(as_mp4));
	count += sizeof(as_mp4) / sizeof(*as_mp4);
	args[count++] = url;
	args[count] = NULL;
	failed = spawn(args, pictures, pid);
	free(url);
	if (failed == 0)
		return SL_OK;
	errno = failed;
	return sl_error_errno(session->err, "ffmpeg");
}

/* The pipe does not block. */
static enum sl_status
send_picture(struct session *session, const uint8_t *picture, int fd)
{
	for (size_t sent = 0; sent < CAMERA_BYTES;) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		int count = poll(&ready, 1, PATIENCE_MS);
		ssize_t put = -1;

		if (count == 0)
			errno = ETIMEDOUT;
		else if (count > 0)
			put = write(fd, picture + sent, CAMERA_BYTES - sent);
		if (put >= 0)
			sent += (size_t)put;
		else if (errno != EINTR && errno != EAGAIN)
			return sl_error_errno(session->err, "ffmpeg");
	}
	return SL_OK;
}

static enum sl_status
send_pictures(struct session *session, const struct clip *clip, int fd)
{
	struct drawing *drawing;
	const uint8_t *picture;
	enum sl_status status =
	    drawing_new(&drawing, clip->view, &clip->episode->rollout);

	if (status != SL_OK)
		return status;
	for (uint32_t i = 0;
	     status == SL_OK && (picture = drawing_next(drawing)) != NULL;
	     i++) {
		if (clip->stats != NULL)
			picture_stats_see(clip->stats, i, picture);
		status = send_picture(session, picture, fd);
	}
	drawing_free(drawing);
	return status;
}

/* One that does not end is ended. */
static void
await(pid_t pid)
{
	struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int count;

	if (ended.fd < 0)
		return;
	do
		count = poll(&ended, 1, PATIENCE_MS);
	while (count < 0 && errno == EINTR);
	if (count == 0)
		kill(pid, SIGKILL);
	close(ended.fd);
}

/* What ffmpeg itself says is on the terminal already. */
static enum sl_status
wait_for(struct session *session, pid_t pid, enum sl_status status)
{
	int outcome = 0;

	await(pid);
	while (waitpid(pid, &outcome, 0) < 0 && errno == EINTR)
		;
	/* An ffmpeg that ends early is why no picture could be sent. */
	if ((status == SL_OK || status == SL_ERR_IO) &&
	    (!WIFEXITED(outcome) || WEXITSTATUS(outcome) != 0))
		return sl_error_set(session->err, SL_ERR_IO,
		    "ffmpeg could not make the clip; leave out --camera and "
		    "--scene-camera to go on without");
	return status;
}

static enum sl_status
encode(struct session *session, const struct clip *clip, const char *path,
    bool is_mp4)
{
	enum sl_status status;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return sl_error_errno(session->err, "pipe");
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	status = start(session, path, is_mp4, ends[0], &pid);
	close(ends[0]);
	if (status != SL_OK) {
		close(ends[1]);
		return status;
	}
	status = send_pictures(session, clip, ends[1]);
	close(ends[1]);
	return wait_for(session, pid, status);
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
    struct session *session, const struct clip *clip, const char *name)
{
	char *part = NULL;
	char *path;
	enum sl_status status = session_path(session, name, &path);

	if (status == SL_OK)
		status = session_path(session, PART_NAME, &part);
	if (status == SL_OK)
		status = encode(session, clip, part, true);
	if (status == SL_OK && rename(part, path) != 0)
		status = sl_error_errno(session->err, "%s", path);
	if (status == SL_OK)
		count_bytes(session, path);
	else if (part != NULL)
		(void)unlink(part);
	free(part);
	free(path);
	return status;
}

enum sl_status
clip_append_annexb(
    struct session *session, const struct clip *clip, struct sl_buf *out)
{
	char *part;
	enum sl_status status = session_path(session, PART_NAME, &part);

	if (status != SL_OK)
		return status;
	status = encode(session, clip, part, false);
	if (status == SL_OK)
		status = sl_file_read(out, part, session->err);
	(void)unlink(part);
	free(part);
	return status;
}
