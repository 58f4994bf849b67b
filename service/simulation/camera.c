#include "camera.h"

#include <math.h>
#include <string.h>

#include "light.h"
#include "stage.h"

/* The wrist camera: beside the gripper, tilted towards the tips. */
#define BEHIND_M 0.125
#define BESIDE_M 0.095
#define TILT     0.5 /* rad */
#define NEAR_M   0.005

/* Neighbours that differ by more than this, of 255, show an edge. */
#define EDGE 18

const struct camera cameras[CAMERA_COUNT] = {
    [CAMERA_WRIST] = {"wrist", "wrist", 225},
    [CAMERA_SCENE] = {"scene", "tripod", 345},
};

struct rectangle {
	int left;
	int top;
	int right;
	int bottom; /* all within */
};

struct view {
	struct stage stage;
	struct light light;
	double eye[3];
	double axes[3][3]; /* right, down, forward */
	double focal;
	struct rectangle seen[STAGE_SHAPES_MAX]; /* where a shape may be */
	/* Those of the row under way. */
	const struct shape *row[STAGE_SHAPES_MAX];
	struct rectangle row_seen[STAGE_SHAPES_MAX];
	unsigned row_count;
};

/* ---- where the eye is ---- */

static void
place_on_wrist(struct view *view)
{
	const struct arm_pose *tool = &view->stage.tool;
	double c = cos(TILT);
	double s = sin(TILT);

	for (unsigned i = 0; i < 3; i++) {
		view->eye[i] = tool->position[i] - BEHIND_M * tool->axes[2][i] -
		    BESIDE_M * tool->axes[1][i];
		view->axes[0][i] = tool->axes[0][i];
		view->axes[1][i] = c * tool->axes[1][i] - s * tool->axes[2][i];
		view->axes[2][i] = s * tool->axes[1][i] + c * tool->axes[2][i];
	}
}

static void
place_before_table(struct view *view)
{
	static const double eye[3] = {1.42, -0.62, 0.66};
	static const double target[3] = {0.26, 0.02, 0.235};
	double *right = view->axes[0];
	double *down = view->axes[1];
	double *forward = view->axes[2];
	double length;

	memcpy(view->eye, eye, sizeof(eye));
	for (unsigned i = 0; i < 3; i++)
		forward[i] = target[i] - eye[i];
	length = sqrt(shape_dot(forward, forward));
	for (unsigned i = 0; i < 3; i++)
		forward[i] /= length;
	length = sqrt(forward[0] * forward[0] + forward[1] * forward[1]);
	right[0] = forward[1] / length;
	right[1] = -forward[0] / length;
	right[2] = 0;
	down[0] = forward[1] * right[2] - forward[2] * right[1];
	down[1] = forward[2] * right[0] - forward[0] * right[2];
	down[2] = forward[0] * right[1] - forward[1] * right[0];
}

/* ---- which shapes a pixel may show ---- */

static int
pixel(double value, int last)
{
	return value < 0 ? 0 : value > last ? last : (int)value;
}

/* Where a corner is from the eye: right, down, forward. */
static void
find_corner(const struct view *view, const struct shape *shape, unsigned corner,
    double out[3])
{
	double between[3];

	for (unsigned i = 0; i < 3; i++) {
		between[i] = shape->centre[i] - view->eye[i];
		for (unsigned k = 0; k < 3; k++)
			between[i] += (corner >> k & 1 ? 1 : -1) *
			    shape->half[k] * shape->axes[k][i];
	}
	for (unsigned i = 0; i < 3; i++)
		out[i] = shape_dot(between, view->axes[i]);
}

/* Around the picture of its eight corners; all of the picture if one is behind
 * the eye and another before it. */
static struct rectangle
find_seen(const struct view *view, const struct shape *shape)
{
	static const double middle[2] = {
	    CAMERA_WIDTH / 2.0, CAMERA_HEIGHT / 2.0};
	const int last[2] = {(int)CAMERA_WIDTH - 1, (int)CAMERA_HEIGHT - 1};
	double low[2] = {1e9, 1e9};
	double high[2] = {-1e9, -1e9};
	unsigned behind = 0;
	unsigned beside[4] = {0, 0, 0, 0};

	for (unsigned corner = 0; corner < 8; corner++) {
		double at[3];

		find_corner(view, shape, corner, at);
		for (unsigned i = 0; i < 2; i++) {
			double rim = middle[i] * at[2];

			beside[2 * i] += view->focal * at[i] > rim;
			beside[2 * i + 1] += view->focal * at[i] < -rim;
		}
		behind += at[2] < NEAR_M;
		for (unsigned i = 0; i < 2 && at[2] >= NEAR_M; i++) {
			double place = middle[i] + view->focal * at[i] / at[2];

			low[i] = fmin(low[i], place - 1);
			high[i] = fmax(high[i], place + 1);
		}
	}
	/* All of them behind the eye, or outside one side of the picture. */
	if (behind == 8 || beside[0] == 8 || beside[1] == 8 || beside[2] == 8 ||
	    beside[3] == 8)
		return (struct rectangle){1, 1, 0, 0};
	if (behind > 0)
		return (struct rectangle){0, 0, last[0], last[1]};
	return (struct rectangle){pixel(low[0], last[0]),
	    pixel(low[1], last[1]), pixel(high[0], last[0]),
	    pixel(high[1], last[1])};
}

static void
begin_row(struct view *view, int row)
{
	view->row_count = 0;
	for (unsigned i = 0; i < view->stage.count; i++) {
		if (row < view->seen[i].top || row > view->seen[i].bottom)
			continue;
		view->row[view->row_count] = &view->stage.shapes[i];
		view->row_seen[view->row_count++] = view->seen[i];
	}
}

/* ---- pixels ---- */

/* What is seen at a point of the picture, in linear light. */
static void
look(const struct view *view, double x, double y, double out[3])
{
	const double plane[3] = {(x - CAMERA_WIDTH / 2.0) / view->focal,
	    (y - CAMERA_HEIGHT / 2.0) / view->focal, 1};
	double length = sqrt(shape_dot(plane, plane));
	struct ray ray;
	struct hit hit = {.distance = LIGHT_FAR_M};
	int column = (int)x;

	memcpy(ray.origin, view->eye, sizeof(ray.origin));
	for (unsigned i = 0; i < 3; i++)
		ray.way[i] =
		    (plane[0] * view->axes[0][i] + plane[1] * view->axes[1][i] +
		        view->axes[2][i]) /
		    length;
	for (unsigned i = 0; i < view->row_count; i++) {
		if (column >= view->row_seen[i].left &&
		    column <= view->row_seen[i].right)
			shape_meet(view->row[i], &ray, &hit);
	}
	light_colour(&view->light, &view->stage, &ray, &hit, out);
}

static uint8_t
to_byte(double linear)
{
	/* A screen's curve, nearly. */
	double value = 255 * sqrt(linear < 0 ? 0 : linear) + 0.5;

	return value > 255 ? 255 : (uint8_t)value;
}

static void
draw_pixels(struct view *view, uint8_t *out)
{
	for (unsigned row = 0; row < CAMERA_HEIGHT; row++) {
		begin_row(view, (int)row);
		for (unsigned column = 0; column < CAMERA_WIDTH; column++) {
			double colour[3];

			look(view, column + 0.5, row + 0.5, colour);
			for (unsigned i = 0; i < 3; i++)
				*out++ = to_byte(colour[i]);
		}
	}
}

static bool
differ(const uint8_t *a, const uint8_t *b)
{
	for (unsigned i = 0; i < 3; i++) {
		if (a[i] > b[i] + EDGE || b[i] > a[i] + EDGE)
			return true;
	}
	return false;
}

static bool
is_at_edge(const uint8_t *picture, unsigned row, unsigned column)
{
	const size_t stride = 3 * (size_t)CAMERA_WIDTH;
	const uint8_t *at = picture + row * stride + 3 * (size_t)column;

	return (column > 0 && differ(at, at - 3)) ||
	    (column + 1 < CAMERA_WIDTH && differ(at, at + 3)) ||
	    (row > 0 && differ(at, at - stride)) ||
	    (row + 1 < CAMERA_HEIGHT && differ(at, at + stride));
}

/* The middle, which `out` has already, and three points around it. */
static void
smooth_pixel(
    const struct view *view, unsigned row, unsigned column, uint8_t out[3])
{
	static const double points[3][2] = {
	    {0.30, 0.14}, {0.86, 0.40}, {0.36, 0.86}};
	double sum[3];

	for (unsigned k = 0; k < 3; k++)
		sum[k] = out[k] * out[k] / 65025.0;
	for (unsigned i = 0; i < 3; i++) {
		double colour[3];

		look(view, column + points[i][0], row + points[i][1], colour);
		for (unsigned k = 0; k < 3; k++)
			sum[k] += colour[k] > 1 ? 1 : colour[k];
	}
	for (unsigned k = 0; k < 3; k++)
		out[k] = to_byte(sum[k] / 4);
}

static void
smooth_edges(struct view *view, const uint8_t *rough, uint8_t *out)
{
	for (unsigned row = 0; row < CAMERA_HEIGHT; row++) {
		begin_row(view, (int)row);
		for (unsigned column = 0; column < CAMERA_WIDTH; column++) {
			size_t at = 3 * ((size_t)row * CAMERA_WIDTH + column);

			memcpy(out + at, rough + at, 3);
			if (is_at_edge(rough, row, column))
				smooth_pixel(view, row, column, out + at);
		}
	}
}

void
camera_draw(enum camera_view which, const struct rollout *rollout,
    const struct rollout_sample *sample, uint8_t out[CAMERA_BYTES])
{
	uint8_t rough[CAMERA_BYTES];
	struct view view = {.focal = cameras[which].focal};

	stage_make(&view.stage, rollout, sample);
	switch (which) {
	case CAMERA_WRIST:
		place_on_wrist(&view);
		break;
	case CAMERA_SCENE:
		place_before_table(&view);
		break;
	}
	light_init(&view.light, &view.stage);
	for (unsigned i = 0; i < view.stage.count; i++)
		view.seen[i] = find_seen(&view, &view.stage.shapes[i]);
	draw_pixels(&view, rough);
	smooth_edges(&view, rough, out);
}
