noinst_LIBRARIES += service/simulation/libsl_simulation.a
service_simulation_libsl_simulation_a_SOURCES = \
	include/sluice/simulation/simulation.h \
	service/simulation/session.h service/simulation/simulation.c \
	service/simulation/annotation.h service/simulation/annotation.c \
	service/simulation/arm.h service/simulation/arm.c \
	service/simulation/camera.h service/simulation/camera.c \
	service/simulation/clip.h service/simulation/clip.c \
	service/simulation/contact.h service/simulation/contact.c \
	service/simulation/drawing.h service/simulation/drawing.c \
	service/simulation/hand.c \
	service/simulation/judge.h service/simulation/judge.c \
	service/simulation/light.h service/simulation/light.c \
	service/simulation/metadata.h service/simulation/metadata.c \
	service/simulation/lerobot_features.h \
	service/simulation/lerobot_features.c \
	service/simulation/lerobot_table.h service/simulation/lerobot_table.c \
	service/simulation/output_files.c \
	service/simulation/output_lerobot.c \
	service/simulation/output_mcap.c \
	service/simulation/motion.h service/simulation/motion.c \
	service/simulation/pattern.h service/simulation/pattern.c \
	service/simulation/picture_stats.h service/simulation/picture_stats.c \
	service/simulation/random.h service/simulation/random.c \
	service/simulation/rollout.h service/simulation/rollout.c \
	service/simulation/scene.h service/simulation/scene.c \
	service/simulation/sensor.c \
	service/simulation/shape.h service/simulation/shape.c \
	service/simulation/source_list.h service/simulation/source_list.c \
	service/simulation/stage.h service/simulation/stage.c \
	service/simulation/stage_arm.c service/simulation/stage_object.c \
	service/simulation/world.h
service_simulation_libsl_simulation_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/service/simulation
EXTRA_DIST += service/simulation/README.md service/simulation/.may_include
