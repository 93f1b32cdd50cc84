"""Reference point-of-care programs: prescriber, pharmacy, laboratory, imaging centre, hospital.

They know only the published wire profile: the gateway's address, a credential kit and the pack's
synthetic world. They share no code with the services they talk to.
"""
