/* What systemd is told (sd_notify(3)); nothing without NOTIFY_SOCKET. */
#ifndef SLUICED_NOTIFY_H
#define SLUICED_NOTIFY_H

/* "READY=1", "STOPPING=1" */
void notify_state(const char *state);

/* RELOADING=1 with the time that Type=notify-reload wants. */
void notify_reloading(void);

#endif /* SLUICED_NOTIFY_H */
