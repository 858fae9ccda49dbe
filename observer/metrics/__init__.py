"""Figures for Prometheus: what the observer knows of itself, and the few numbers of a network that are worth a graph.

The loop that judges publishes one frozen value now and then (`figures`, measured by `measuring`); whoever scrapes is
answered from that by another thread (`serving`) and can neither hold the loop up nor make it compute.
"""
