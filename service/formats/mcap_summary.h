/* What stands behind the data of an MCAP file: the definitions once more,
 * counts, and where chunks, attachments and metadata are.  Noted while the file
 * is written; embedded in the writer. */
#ifndef SL_FORMATS_MCAP_SUMMARY_H
#define SL_FORMATS_MCAP_SUMMARY_H

#include "mcap_output.h"
#include "mcap_registry.h"

struct mcap_summary {
	/* Encoded indexes. */
	struct sl_buf chunks;
	struct sl_buf attachments;
	struct sl_buf metadata;
	struct sl_mcap_statistics statistics; /* the writer counts */
};

/* It is all zero before. */
void mcap_summary_init(struct mcap_summary *summary);
void mcap_summary_clear(struct mcap_summary *summary);

/* A ChunkIndex, an AttachmentIndex or a MetadataIndex. */
SL_MUST_CHECK enum sl_status mcap_summary_note(struct mcap_summary *summary,
    const struct sl_mcap_record *index, struct sl_error *err);

/* DataEnd, the summary without what the options leave out, and the footer: the
 * file is whole. */
SL_MUST_CHECK enum sl_status mcap_summary_write(
    const struct mcap_summary *summary, const struct mcap_registry *registry,
    const struct sl_mcap_writer_options *options, struct mcap_output *output,
    struct sl_error *err);

#endif /* SL_FORMATS_MCAP_SUMMARY_H */
