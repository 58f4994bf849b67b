/* What is odd about an episode in an MCAP file, in plain words. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcap_survey.h"

/* Fewer messages than this have no rate. */
#define RATE_COUNT_MIN 10
/* A gap is worth a word from five periods on, and from 200 ms. */
#define GAP_PERIODS 5
#define GAP_NS_MIN  200000000u
/* A stream that begins later or ends earlier than the episode by more. */
#define SKEW_NS_MIN 1000000000u
/* Log time against the sender's time, between two messages of a stream. */
#define LAG_NS_MIN 100000000

#define MS 1e6

/* Labels, calibration and whatever is in raw come when they come. */
static bool
is_steady(const struct mcap_channel_survey *channel)
{
	return channel->count >= RATE_COUNT_MIN &&
	    strncmp(channel->layer, "annotation", 10) != 0 &&
	    strncmp(channel->layer, "calibration", 11) != 0 &&
	    strncmp(channel->layer, "raw", 3) != 0;
}

static double
period_ns(const struct mcap_channel_survey *channel)
{
	return (double)(channel->end_time - channel->first_time) /
	    (double)(channel->count - 1);
}

static int
say_no_schema(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	(void)survey;
	if (channel->has_schema)
		return 0;
	return asprintf(out, "%s has no schema", channel->topic);
}

static int
say_unreadable(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	(void)survey;
	if (channel->unreadable == 0)
		return 0;
	return asprintf(out,
	    "%s: %" PRIu64 " of %" PRIu64 " messages are no %s (%s)",
	    channel->topic, channel->unreadable, channel->count,
	    channel->schema, channel->why == NULL ? "" : channel->why);
}

static int
say_backwards(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	(void)survey;
	if (channel->backwards == 0)
		return 0;
	return asprintf(out,
	    "%s: its time runs backwards %" PRIu64 " times, by up to %.1f ms",
	    channel->topic, channel->backwards,
	    (double)channel->worst_back / MS);
}

static int
say_gap(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	(void)survey;
	if (!is_steady(channel) || channel->worst_gap < GAP_NS_MIN ||
	    (double)channel->worst_gap < GAP_PERIODS * period_ns(channel))
		return 0;
	return asprintf(out, "%s: nothing for %.0f ms, at %.1f Hz otherwise",
	    channel->topic, (double)channel->worst_gap / MS,
	    1e9 / period_ns(channel));
}

static int
say_skew(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	uint64_t late = channel->first_time - survey->start_time;
	uint64_t early = survey->end_time - channel->end_time;

	if (!is_steady(channel) || (late < SKEW_NS_MIN && early < SKEW_NS_MIN))
		return 0;
	if (late >= early)
		return asprintf(out, "%s begins %.0f ms after the episode does",
		    channel->topic, (double)late / MS);
	return asprintf(out, "%s ends %.0f ms before the episode does",
	    channel->topic, (double)early / MS);
}

static int
say_lag(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out)
{
	(void)survey;
	if (!channel->has_lag ||
	    (double)channel->lag_max - (double)channel->lag_min < LAG_NS_MIN)
		return 0;
	return asprintf(out,
	    "%s: the times in its messages and the times they were logged "
	    "differ by %.0f to %.0f ms",
	    channel->topic, (double)channel->lag_min / MS,
	    (double)channel->lag_max / MS);
}

/* Each says nothing (0), what is odd (> 0), or is out of memory (< 0). */
static int (*const sayings[])(const struct mcap_survey *survey,
    const struct mcap_channel_survey *channel, char **out) = {
    say_no_schema, say_unreadable, say_backwards, say_gap, say_skew, say_lag};

#define SAYINGS (sizeof(sayings) / sizeof(*sayings))

enum sl_status
mcap_survey_finding(const struct mcap_survey *survey, size_t at, char **out)
{
	for (size_t i = 0; i < survey->channel_count * SAYINGS; i++) {
		int said;

		*out = NULL;
		said = sayings[i % SAYINGS](
		    survey, &survey->channels[i / SAYINGS], out);
		if (said < 0)
			return SL_ERR_NOMEM;
		if (said > 0 && at-- == 0)
			return SL_OK;
		if (said > 0)
			free(*out);
	}
	*out = NULL;
	return SL_OK;
}
