/* An mp4: its pictures as foxglove.CompressedVideo. */
#include <stdlib.h>
#include <string.h>

#include "mcap_episode.h"
#include "sluice/formats/film.h"

struct film {
	struct mcap_input input;
	struct sl_film *film;
	struct sl_film_picture next;
	char topic[MCAP_TOPIC_MAX];
	const char *frame_id; /* within the topic */
};

static void
free_film(struct mcap_input *input)
{
	struct film *film = (struct film *)input;

	sl_film_free(film->film);
	free(film);
}

/* 1970 has nothing before it. */
static uint64_t
time_of(const struct mcap_episode *episode, int64_t since_ns)
{
	if (since_ns < 0 && (uint64_t)-since_ns > episode->start_ns)
		return 0;
	return episode->start_ns + (uint64_t)since_ns;
}

static enum sl_status
advance(struct film *film)
{
	struct mcap_input *input = &film->input;
	bool is_there;
	enum sl_status status = sl_film_next(
	    film->film, &is_there, &film->next, input->episode->err);

	input->is_over = status != SL_OK || !is_there;
	if (!input->is_over)
		input->time_ns = time_of(input->episode, film->next.sent_ns);
	return status;
}

static enum sl_status
put(struct mcap_input *input)
{
	struct film *film = (struct film *)input;
	struct mcap_episode *episode = input->episode;
	const struct sl_robot_picture picture = {.topic = film->topic,
	    .frame_id = film->frame_id,
	    .format = sl_film_format(film->film),
	    .shown_ns = time_of(episode, film->next.shown_ns),
	    .data = film->next.data};
	enum sl_status status = sl_robot_log_video(
	    episode->log, input->time_ns, &picture, episode->err);

	return status == SL_OK ? advance(film) : status;
}

enum sl_status
mcap_film_open(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, int fd)
{
	static const struct mcap_input_kind kind = {put, free_film};
	struct film *film = calloc(1, sizeof(*film));
	enum sl_status status;

	if (film == NULL)
		return SL_ERR_NOMEM;
	film->input = (struct mcap_input){
	    .kind = &kind, .episode = episode, .file = file, .fd = fd};
	mcap_episode_topic(episode, file, film->topic);
	film->frame_id = strrchr(film->topic, '/') + 1;
	status = sl_film_open(&film->film, fd, file->bytes, episode->err);
	if (status == SL_OK)
		status = mcap_topic_take(episode, film->topic);
	if (status == SL_OK)
		status = advance(film);
	if (status == SL_OK && sl_film_is_reordered(film->film))
		status = mcap_episode_word(episode,
		    "episode %u: %s has B-frames: its pictures are written in "
		    "the order a decoder wants them, which Foxglove does not "
		    "play",
		    episode->from->number, file->path);
	if (status == SL_OK && sl_film_hidden(film->film) > 0)
		status = mcap_episode_word(episode,
		    "episode %u: %s has %zu pictures that its edit list cuts "
		    "off: they are written, with times before the film's "
		    "beginning or behind its end",
		    episode->from->number, file->path,
		    sl_film_hidden(film->film));
	if (status != SL_OK) {
		free_film(&film->input);
		return status;
	}
	*out = &film->input;
	return SL_OK;
}
