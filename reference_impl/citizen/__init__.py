"""Services for citizens: referral, appointments, centre information, drug finder, own data."""
