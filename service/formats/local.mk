noinst_LIBRARIES += service/formats/libsl_formats.a
service_formats_libsl_formats_a_SOURCES = \
	include/sluice/formats/media.h service/formats/media.c \
	include/sluice/formats/mcap_index.h service/formats/mcap_index.c \
	include/sluice/formats/mcap_reader.h service/formats/mcap_reader.c \
	include/sluice/formats/mcap_record.h service/formats/mcap_record.c \
	include/sluice/formats/mcap_writer.h service/formats/mcap_writer.c \
	include/sluice/formats/source.h service/formats/source.c \
	include/sluice/formats/csv.h service/formats/csv.c \
	include/sluice/formats/lines.h service/formats/lines.c \
	service/formats/files.c \
	service/formats/lerobot.h service/formats/lerobot.c \
	service/formats/lerobot_info.c service/formats/lerobot_v2.c \
	include/sluice/formats/lerobot_stats.h \
	service/formats/lerobot_stats.c \
	service/formats/lerobot_shards.h service/formats/lerobot_shards.c \
	service/formats/lerobot_v3.h service/formats/lerobot_v3.c \
	service/formats/lerobot_v3_tables.c \
	service/formats/lerobot_v3_files.c \
	include/sluice/formats/film.h service/formats/film.c \
	service/formats/mp4_box.h service/formats/mp4_box.c \
	service/formats/mp4_codec.h service/formats/mp4_codec.c \
	service/formats/mp4_cut.h service/formats/mp4_cut.c \
	service/formats/mp4_samples.h service/formats/mp4_samples.c \
	service/formats/parquet_table.h service/formats/parquet_table.c \
	service/formats/source_part.c \
	service/formats/lerobot_path.h service/formats/lerobot_path.c \
	include/sluice/formats/robot_log.h service/formats/robot_log.c \
	service/formats/robot_schema.h service/formats/robot_schema.c \
	include/sluice/formats/robot_message.h \
	service/formats/robot_message.c service/formats/robot_picture.c \
	service/formats/robot_json.h service/formats/robot_json.c \
	service/formats/cdr.h service/formats/cdr.c \
	service/formats/protobuf.h service/formats/protobuf.c \
	service/formats/mcap_bytes.h \
	service/formats/mcap_episode.h service/formats/mcap_episode.c \
	service/formats/mcap_source.h service/formats/mcap_source.c \
	service/formats/mcap_mark.h service/formats/mcap_mark.c \
	service/formats/mcap_scan.c service/formats/mcap_check.c \
	service/formats/mcap_feed.h service/formats/mcap_feed.c \
	service/formats/mcap_layers.h service/formats/mcap_layers.c \
	service/formats/mcap_ids.h service/formats/mcap_ids.c \
	service/formats/mcap_input.h service/formats/mcap_input.c \
	service/formats/mcap_merge.h service/formats/mcap_merge.c \
	service/formats/mcap_output.h service/formats/mcap_output.c \
	service/formats/mcap_pack.h service/formats/mcap_pack.c \
	service/formats/mcap_split.h service/formats/mcap_split.c \
	service/formats/mcap_survey.h service/formats/mcap_survey.c \
	service/formats/mcap_finding.c \
	service/formats/mcap_streams.h service/formats/mcap_streams.c \
	service/formats/mcap_summary.h service/formats/mcap_summary.c \
	service/formats/mcap_registry.h service/formats/mcap_registry.c \
	service/formats/mcap_unpack.h service/formats/mcap_unpack.c \
	service/formats/mp4.c \
	service/formats/obu.h service/formats/obu.c \
	service/formats/parquet.c \
	include/sluice/formats/parquet_column.h \
	service/formats/parquet_column.c \
	service/formats/parquet_codec.h service/formats/parquet_codec.c \
	service/formats/parquet_delta.h service/formats/parquet_delta.c \
	service/formats/parquet_encode.h service/formats/parquet_encode.c \
	include/sluice/formats/parquet_file.h service/formats/parquet_file.c \
	service/formats/parquet_format.h \
	service/formats/parquet_page.h service/formats/parquet_page.c \
	service/formats/parquet_prefix.h service/formats/parquet_prefix.c \
	service/formats/parquet_rle.h service/formats/parquet_rle.c \
	include/sluice/formats/parquet_schema.h \
	service/formats/parquet_schema.c \
	service/formats/parquet_values.h service/formats/parquet_values.c \
	include/sluice/formats/parquet_writer.h \
	service/formats/parquet_writer.c \
	service/formats/source_build.h \
	service/formats/source_tree.c \
	service/formats/thrift.h service/formats/thrift.c \
	service/formats/varint.h service/formats/varint.c
EXTRA_DIST += service/formats/README.md service/formats/.may_include
