#include "draft_strings.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (64u << 10)

struct block {
	struct block *next;
	size_t used;
	size_t room;
	char text[];
};

struct sl_draft_strings {
	struct block *blocks;
};

struct sl_draft_strings *
draft_strings_new(void)
{
	return calloc(1, sizeof(struct sl_draft_strings));
}

const char *
draft_strings_add(struct sl_draft_strings *strings, const char *text)
{
	struct block *block = strings->blocks;
	size_t len = strlen(text) + 1;
	char *copy;

	if (block == NULL || block->room - block->used < len) {
		size_t room = len > BLOCK_BYTES ? len : BLOCK_BYTES;

		block = malloc(sizeof(*block) + room);
		if (block == NULL)
			return NULL;
		block->next = strings->blocks;
		block->used = 0;
		block->room = room;
		strings->blocks = block;
	}
	copy = block->text + block->used;
	memcpy(copy, text, len);
	block->used += len;
	return copy;
}

void
draft_strings_free(struct sl_draft_strings *strings)
{
	if (strings == NULL)
		return;
	while (strings->blocks != NULL) {
		struct block *block = strings->blocks;

		strings->blocks = block->next;
		free(block);
	}
	free(strings);
}
