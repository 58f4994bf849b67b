noinst_LIBRARIES += service/export/libsl_export.a
service_export_libsl_export_a_SOURCES = \
	include/sluice/export/export.h service/export/export.c \
	service/export/folder.h service/export/folder.c \
	service/export/layout.h \
	service/export/lerobot_notes.h service/export/lerobot_notes.c \
	service/export/lerobot_root.h service/export/lerobot_root.c \
	service/export/lerobot_rows.h service/export/lerobot_rows.c \
	service/export/lerobot_set.h service/export/lerobot_set.c \
	service/export/lerobot_table.h service/export/lerobot_table.c \
	service/export/lerobot_v21.c service/export/lerobot_v3.c \
	service/export/mcap.c \
	service/export/mcap_cell.h service/export/mcap_cell.c \
	service/export/mcap_csv.c \
	service/export/mcap_episode.h service/export/mcap_episode.c \
	service/export/mcap_film.c \
	service/export/mcap_inputs.h service/export/mcap_inputs.c \
	service/export/mcap_layer.c \
	service/export/mcap_notes.c service/export/mcap_rows.c \
	service/export/mcap_series.h service/export/mcap_series.c \
	service/export/mirror_file.h service/export/mirror_file.c \
	service/export/sample.h service/export/sample.c \
	service/export/webdataset.c
EXTRA_DIST += service/export/README.md service/export/.may_include
