// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "graph.h"

#include <stdlib.h>
#include <string.h>

struct node {
	struct explore_canon canon;
	uint32_t next; /* by the next instruction; its way has no entry in ways */
	uint32_t ways; /* the first + 1 */
	unsigned int faults_left;
	bool has_next;
};

struct way {
	uint32_t to, next;
	unsigned int fault;
};

static struct {
	struct node *nodes;
	struct way *ways;
	uint32_t *table; /* numbers, 0 is free */
	uint32_t num, max, num_ways, max_ways, table_len;
} graph;

static void *grow(void *array, size_t num, size_t len)
{
	array = realloc(array, num * len);
	if (!array)
		explore_die("out of memory; choose fewer faults");
	return array;
}

void explore_graph_clear(void)
{
	free(graph.nodes);
	free(graph.ways);
	free(graph.table);
	memset(&graph, 0, sizeof(graph));
	graph.max = graph.max_ways = 1 << 12;
	graph.table_len = 1 << 13;
	graph.nodes = grow(NULL, graph.max, sizeof(*graph.nodes));
	graph.ways = grow(NULL, graph.max_ways, sizeof(*graph.ways));
	graph.table = calloc(graph.table_len, sizeof(*graph.table));
	if (!graph.table)
		explore_die("out of memory");
	memset(graph.nodes, 0, 2 * sizeof(graph.nodes[0]));
	graph.num = EXPLORE_ROOT + 1;
}

/* Its place in the table, or the free one where it belongs. */
static uint32_t *find(const struct explore_canon *canon)
{
	uint32_t place = (uint32_t)canon->hash[0] & (graph.table_len - 1);

	while (graph.table[place] &&
	       memcmp(&graph.nodes[graph.table[place]].canon, canon, sizeof(*canon)) != 0)
		place = (place + 1) & (graph.table_len - 1);
	return &graph.table[place];
}

static void grow_table(void)
{
	free(graph.table);
	graph.table_len *= 2;
	graph.table = calloc(graph.table_len, sizeof(*graph.table));
	if (!graph.table)
		explore_die("out of memory; choose fewer faults");
	for (uint32_t i = EXPLORE_ROOT + 1; i < graph.num; i++)
		*find(&graph.nodes[i].canon) = i;
}

uint32_t explore_graph_meet(const struct explore_canon *canon, unsigned int faults_left,
			    bool *is_known)
{
	uint32_t *place = find(canon);
	struct node *node;

	if (*place) {
		node = &graph.nodes[*place];
		*is_known = node->faults_left >= faults_left;
		if (!*is_known)
			node->faults_left = faults_left;
		return *place;
	}
	*is_known = false;
	if (graph.num == graph.max) {
		graph.max *= 2;
		graph.nodes = grow(graph.nodes, graph.max, sizeof(*graph.nodes));
	}
	node = &graph.nodes[graph.num];
	memset(node, 0, sizeof(*node));
	node->canon = *canon;
	node->faults_left = faults_left;
	*place = graph.num++;
	if (graph.num > graph.table_len / 2)
		grow_table();
	return graph.num - 1;
}

void explore_graph_connect(uint32_t from, unsigned int fault, uint32_t to)
{
	struct node *node = &graph.nodes[from];

	if (fault == EXPLORE_STEP) {
		node->next = to;
		node->has_next = true;
		return;
	}
	for (uint32_t i = node->ways; i; i = graph.ways[i - 1].next)
		if (graph.ways[i - 1].fault == fault) {
			/* Not looked at the first time. */
			if (to != EXPLORE_END)
				graph.ways[i - 1].to = to;
			return;
		}
	if (graph.num_ways == graph.max_ways) {
		graph.max_ways *= 2;
		graph.ways = grow(graph.ways, graph.max_ways, sizeof(*graph.ways));
	}
	graph.ways[graph.num_ways] = (struct way){ .to = to, .next = node->ways, .fault = fault };
	node->ways = ++graph.num_ways;
}

uint32_t explore_graph_size(void)
{
	return graph.num - EXPLORE_ROOT - 1;
}

/*
 * @counts[n] for n: schedules of up to as many faults as this layer; negative: not yet counted.
 * Ways are followed as far as one goes by instructions alone, then counted back to where they
 * began.
 */
static void count_run(uint32_t from, double *counts, const double *fewer, uint32_t *run)
{
	uint32_t len = 0, n = from;

	for (; n != EXPLORE_END && counts[n] < 0; n = graph.nodes[n].next)
		if (len == graph.num)
			explore_die("a run without faults does not end");
		else
			run[len++] = n;
	while (len--) {
		const struct node *node = &graph.nodes[run[len]];
		double count = node->has_next ? counts[node->next] : 1;

		for (uint32_t i = fewer ? node->ways : 0; i; i = graph.ways[i - 1].next)
			count += fewer[graph.ways[i - 1].to];
		counts[run[len]] = count;
	}
}

double explore_graph_count(unsigned int num_faults)
{
	double *counts = grow(NULL, graph.num, sizeof(*counts));
	double *fewer = grow(NULL, graph.num, sizeof(*fewer));
	uint32_t *run = grow(NULL, graph.num, sizeof(*run));
	double count;

	for (unsigned int layer = 0; layer <= num_faults; layer++) {
		double *swap = fewer;

		fewer = counts;
		counts = swap;
		counts[EXPLORE_END] = 1;
		for (uint32_t i = 1; i < graph.num; i++)
			counts[i] = -1;
		for (uint32_t i = 1; i < graph.num; i++)
			count_run(i, counts, layer ? fewer : NULL, run);
	}
	count = counts[EXPLORE_ROOT];
	free(counts);
	free(fewer);
	free(run);
	return count;
}
