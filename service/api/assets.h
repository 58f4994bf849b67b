/* The files of catalog/web, built in. */
#ifndef SL_API_ASSETS_H
#define SL_API_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name; /* "style.css" */
	const unsigned char *data;
	size_t len;
};

extern const struct asset assets[];
extern const size_t asset_count;

#endif /* SL_API_ASSETS_H */
