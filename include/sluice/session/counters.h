/* What one worker counts, in memory that the workers and the admin process
 * share.  Each worker writes its own block only; anyone may read. */
#ifndef SLUICE_SESSION_COUNTERS_H
#define SLUICE_SESSION_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define SL_WORKERS_MAX 64

enum sl_worker_state {
	SL_WORKER_STARTING, /* connects to PostgreSQL */
	SL_WORKER_READY,
	SL_WORKER_DEGRADED, /* PostgreSQL does not answer */
	SL_WORKER_DRAINING,
};

/* Counters only rise, also over a respawn: X(name, label, help); one metric
 * with several labels has several lines. */
#define SL_COUNTER_LIST(X)                                                    \
	X(requests_2xx, requests, "class=\"2xx\"", "Requests answered")       \
	X(requests_3xx, requests, "class=\"3xx\"", "Requests answered")       \
	X(requests_4xx, requests, "class=\"4xx\"", "Requests answered")       \
	X(requests_5xx, requests, "class=\"5xx\"", "Requests answered")       \
	X(auth_failures, auth_failures, "", "Tokens rejected")                \
	X(deliveries_complete, deliveries, "status=\"complete\"",             \
	    "Deliveries ended")                                               \
	X(deliveries_refused, deliveries, "status=\"refused\"",               \
	    "Deliveries ended")                                               \
	X(deliveries_interrupted, deliveries, "status=\"interrupted\"",       \
	    "Deliveries ended")                                               \
	X(deliveries_aborted, deliveries, "status=\"aborted\"",               \
	    "Deliveries ended")                                               \
	X(delivery_bytes, delivery_bytes, "", "Stored bytes handed out")      \
	X(wire_bytes, wire_bytes, "", "Bytes given to sockets, TLS included") \
	X(charges, charges, "result=\"charged\"", "Tranches decided")         \
	X(charges_refused, charges, "result=\"refused\"", "Tranches decided") \
	X(charges_failed, charges, "result=\"failed\"", "Tranches decided")   \
	X(events_sent, events, "", "Server-sent events written")              \
	X(db_errors, db_errors, "", "Statements that PostgreSQL did not answer")

/* Gauges are set to zero when a worker starts: X(name, help). */
#define SL_GAUGE_LIST(X)                             \
	X(connections_open, "Client connections")    \
	X(deliveries_active, "Deliveries under way") \
	X(subscribers, "Connections that follow events")

/* What every worker asks PostgreSQL for; the greatest counts: X(name, help). */
#define SL_FACT_LIST(X)                                                     \
	X(logs_stale, "Datasets whose log no witness has signed for a day") \
	X(log_age_seconds, "Greatest age of a witness's signature over a log")

struct sl_counters {
#define X(name, metric, label, help) _Atomic uint64_t name;
	SL_COUNTER_LIST(X)
#undef X
#define X(name, help) _Atomic uint64_t name;
	SL_GAUGE_LIST(X)
	SL_FACT_LIST(X)
#undef X
	_Atomic int state;            /* enum sl_worker_state */
	_Atomic int64_t heartbeat_ms; /* monotonic; the loop turns */
	_Atomic uint64_t starts;
	_Atomic int pid;
} __attribute__((aligned(128)));

static inline void
sl_count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static inline void
sl_uncount(_Atomic uint64_t *gauge)
{
	atomic_fetch_sub_explicit(gauge, 1, memory_order_relaxed);
}

#endif /* SLUICE_SESSION_COUNTERS_H */
