"""Fault points of the emergency service."""

from __future__ import annotations

from reference_impl.faults.declared import Point

EMERGENCY_POINTS: tuple[Point, ...] = (
    Point("emergency.outage.anybody_declares", "Any centre declares and ends outages."),
    Point("emergency.outage.cause_unchecked", "The cause of an outage need not be coded."),
    Point("emergency.outage.area_left_out", "Outages are listed without their first area."),
    Point("emergency.outage.ends_twice", "An outage that ended can end again, later."),
    Point("emergency.outage.cause_version_dropped", "The cause of an outage loses its version."),
    Point("emergency.paper.window_ignored", "Paper of any day passes with the outage number."),
    Point("emergency.paper.area_of_outage_ignored", "An outage elsewhere allows paper here."),
    Point("emergency.paper.area_unchecked", "Every centre counts as deprived area."),
    Point("emergency.paper.no_area", "No area is deprived; paper needs an outage everywhere."),
    Point("emergency.paper.hundred_hours", "Late entry is allowed for 100 hours."),
    Point("emergency.paper.late_accepted", "Paper can be entered at any later time."),
    Point("emergency.paper.serial_reusable", "A sheet that was entered can be entered again."),
)
